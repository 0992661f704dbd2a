import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSafeFetch, type SafeFetch } from '../../../../bridge/parse/fetch/safe-fetch.ts'
import { INNER_ADDRESS, PUBLIC_ADDRESS, type SmallInternet, startSmallInternet } from './fixtures/small-internet.ts'

const DEADLINE_MS = 1_500
const MAX_BYTES = 200_000
/** What a case may take: its deadline, and what a busy machine adds. */
const PATIENCE_MS = DEADLINE_MS + 2_000

let internet: SmallInternet
let fetchPage: SafeFetch
let cases = 0
let through = 0

beforeAll(async () => {
  internet = await startSmallInternet((request, response) => {
    const redirect = /^\/to\?(.*)$/.exec(request.url ?? '')?.[1]
    if (redirect !== undefined) {
      // As UTF-8, which is how servers send what isn't ASCII; the next hop is a connection of its own.
      const location = Buffer.from(decodeURIComponent(redirect)).toString('latin1')
      response.writeHead(302, { location, connection: 'close' }).end()
    } else answers[request.url ?? '']?.(request, response)
  })
  const { names } = internet
  names.set('inner.test', [[INNER_ADDRESS]])
  names.set('both.test', [[PUBLIC_ADDRESS, INNER_ADDRESS]])
  names.set('mapped.test', [['::ffff:127.0.0.1']])
  names.set('compatible.test', [['::7f00:1']])
  names.set('nat64.test', [['64:ff9b::7f00:1']])
  names.set('loop6.test', [['::1']])
  names.set('private.test', [['10.0.0.7']])
  names.set('docker.test', [['172.17.0.1']])
  names.set('metadata.test', [['169.254.169.254']])
  names.set('alibaba.test', [['100.100.100.200']])
  names.set('any.test', [['0.0.0.0']])
  names.set('broadcast.test', [['255.255.255.255']])
  names.set('unique-local.test', [['fd00:ec2::254']])
  names.set('odd.test', [['2130706433']])
  names.set('bridge.example.com', [[PUBLIC_ADDRESS]])
  // Public when it is first asked for, and this machine ever after.
  names.set('rebinding.test', [[PUBLIC_ADDRESS], [INNER_ADDRESS]])
  fetchPage = createSafeFetch(
    { refusedHosts: ['bridge.example.com'], deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES },
    internet.seams,
  )
})

afterAll(async () => {
  await internet.close()
  process.stdout.write(`hostile addresses and servers: ${cases} cases, got through: ${through}\n`)
})

/** Each of them would be answered by the inner server, if it were opened; `P` is its port. */
const inward: readonly string[] = [
  'http://127.0.0.1:P/',
  'http://localhost:P/',
  'http://LOCALHOST.:P/',
  'http://sub.localhost:P/',
  'http://2130706433:P/',
  'http://0x7f000001:P/',
  'http://0x7f.1:P/',
  'http://017700000001:P/',
  'http://127.1:P/',
  'http://0:P/',
  'http://0.0.0.0:P/',
  'http://127。0。0。1:P/',
  'http://１２７.0.0.1:P/',
  'http://①②⑦.⓪.⓪.①:P/',
  'http://127%2e0%2e0%2e1:P/',
  'http://127.0.0.1.:P/',
  'http://[::1]:P/',
  'http://[::]:P/',
  'http://[::ffff:127.0.0.1]:P/',
  'http://[::ffff:7f00:1]:P/',
  'http://[::127.0.0.1]:P/',
  'http://[64:ff9b::127.0.0.1]:P/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.100.100.200/latest/meta-data/',
  'http://[fd00:ec2::254]/',
  'http:127.0.0.1:P/',
  'http:\\\\127.0.0.1:P\\',
  'http://site.test@127.0.0.1:P/',
  'http://user:word@site.test:P/ok',
  'http://127.0.0.1:P#@site.test/',
  'http://site.test:22/',
  'http://site.test:6379/',
  'http://site:P/ok',
  'http://printer.local:P/',
  'http://metadata.google.internal/',
  'http://inner.test:P/',
  'http://both.test:P/',
  'http://mapped.test:P/',
  'http://compatible.test:P/',
  'http://nat64.test:P/',
  'http://loop6.test:P/',
  'http://private.test:P/',
  'http://docker.test:P/',
  'http://metadata.test/',
  'http://alibaba.test/',
  'http://any.test:P/',
  'http://broadcast.test:P/',
  'http://unique-local.test:P/',
  'http://odd.test:P/',
  'http://bridge.example.com:P/ok',
  'http://BRIDGE.example.com.:P/ok',
  'https://inner.test:P/',
  'file:///etc/passwd',
  'ftp://inner.test/',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'data:text/html,<p>INNER</p>',
  'javascript:alert(1)',
  'about:blank',
  'http://',
  'http://[::1',
  '',
]

describe('an address that leads inside', () => {
  it('is tried in sixty forms at least', () => {
    expect(inward.length).toBeGreaterThanOrEqual(60)
  })

  it.each(inward)('is not opened: %s', (address) => {
    return expectRefused(
      address
        .replaceAll('P/', `${internet.port}/`)
        .replaceAll('P\\', `${internet.port}\\`)
        .replaceAll('P#', `${internet.port}#`),
    )
  })

  it.each(inward.filter((address) => address !== ''))('is not followed from a public page: %s', (address) => {
    const target = address
      .replaceAll('P/', `${internet.port}/`)
      .replaceAll('P\\', `${internet.port}\\`)
      .replaceAll('P#', `${internet.port}#`)
    // Relative to the page, this is an address of the page's own site.
    if (target.startsWith('http:127') || target === 'about:blank') return
    return expectRefused(`${internet.origin}/to?${encodeURIComponent(target)}`)
  })

  it('is not followed as //host', () =>
    expectRefused(`${internet.origin}/to?${encodeURIComponent(`//127.0.0.1:${internet.port}/`)}`))

  it('is not followed at the third redirect', () => {
    const { origin, port } = internet
    const last = `${origin}/to?${encodeURIComponent(`http://inner.test:${port}/`)}`
    return expectRefused(`${origin}/to?${encodeURIComponent(`${origin}/to?${encodeURIComponent(last)}`)}`)
  })

  it('is not opened when its name changes between check and connection', async () => {
    internet.names.set('rebinding.test', [[PUBLIC_ADDRESS], [INNER_ADDRESS]])
    const first = await count(() => fetchPage(`http://rebinding.test:${internet.port}/ok`))
    // The one look-up said public, and that address is where it went.
    expect(first).toMatchObject({ outcome: 'fetched' })
    await expectRefused(`http://rebinding.test:${internet.port}/ok`)
  })

  it('is not followed when its name changes between two redirects', async () => {
    internet.names.set('rebinding.test', [[PUBLIC_ADDRESS], [INNER_ADDRESS]])
    const again = encodeURIComponent(`http://rebinding.test:${internet.port}/ok`)
    await expectRefused(`http://rebinding.test:${internet.port}/to?${again}`)
  })

  it('would be seen by these tests if the check were not there', async () => {
    const before = internet.innerVisits()
    const unguarded = createSafeFetch({ refusedHosts: [] }, { ...internet.seams, isAllowed: () => true })
    expect(await unguarded(`http://inner.test:${internet.port}/`)).toMatchObject({ outcome: 'fetched' })
    expect(internet.innerVisits()).toBe(before + 1)
  })
})

const zeros = Buffer.alloc(50_000_000)
const html = { 'content-type': 'text/html' }

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/ok': (_request, response) => response.writeHead(200, html).end('<p>好的</p>'),
  '/gzip-bomb': (_request, response) =>
    response.writeHead(200, { ...html, 'content-encoding': 'gzip' }).end(gzipSync(zeros)),
  '/brotli-bomb': (_request, response) =>
    response.writeHead(200, { ...html, 'content-encoding': 'br' }).end(brotliCompressSync(zeros)),
  '/pdf-gzip-bomb': (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/pdf', 'content-encoding': 'gzip' }).end(gzipSync(zeros)),
  '/nested-gzip': (_request, response) =>
    response.writeHead(200, { ...html, 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(zeros))),
  '/bad-gzip': (_request, response) => response.writeHead(200, { ...html, 'content-encoding': 'gzip' }).end('no gzip'),
  '/endless': (_request, response) => {
    response.writeHead(200, html)
    const more = () => {
      while (!response.destroyed && response.write('<p>还有</p>'.repeat(500)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  },
  '/endless-binary': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/pdf' })
    const more = () => {
      while (!response.destroyed && response.write(zeros.subarray(0, 20_000)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  },
  '/drip': (_request, response) => {
    response.writeHead(200, html)
    const drip = setInterval(() => response.write('a'), 50)
    response.on('close', () => clearInterval(drip))
  },
  '/drip-headers': (request) => {
    request.socket.write('HTTP/1.1 200 OK\r\n')
    const drip = setInterval(() => request.socket.write('x-a: b\r\n'), 50)
    request.socket.on('close', () => clearInterval(drip))
  },
  '/silent': () => {},
  '/header-flood': (request) => {
    request.socket.write(`HTTP/1.1 200 OK\r\n${'x-a: bbbbbbbbbbbbbbbbbbbb\r\n'.repeat(10_000)}\r\n`)
  },
  '/header-long': (request) => {
    request.socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'b'.repeat(1_000_000)}\r\n\r\n`)
  },
  '/continue-flood': (request) => {
    const more = setInterval(() => request.socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)), 20)
    request.socket.on('close', () => clearInterval(more))
  },
  '/garbage': (request) => {
    request.socket.end('SSH-2.0-OpenSSH_9.2\r\n')
  },
  '/short': (request) => {
    request.socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5000\r\n\r\n<p>')
  },
  '/bad-chunks': (request) => {
    request.socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n<p>')
  },
  '/reset': (request) => {
    request.socket.resetAndDestroy()
  },
  '/upgrade': (request) => {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
  },
  '/self': (_request, response) => response.writeHead(302, { location: '/self' }).end(),
  '/no-location': (_request, response) => response.writeHead(302).end(),
  '/bad-location': (_request, response) => response.writeHead(302, { location: 'http://[' }).end(),
  '/endless-redirect': (_request, response) => {
    response.writeHead(302, { location: '/ok2', 'content-length': '100000000' })
    response.write('x')
  },
  '/picture': (_request, response) => response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>'),
  '/script': (_request, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end('a()'),
  '/event-stream': (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n'),
  '/odd-type': (_request, response) => response.writeHead(200, { 'content-type': 'a'.repeat(5000) }).end('x'),
  '/error': (_request, response) => response.writeHead(500, html).end('<p>INNER SECRET</p>'),
}

describe('a server that means harm', () => {
  it.each(Object.keys(answers).filter((path) => path !== '/ok'))(
    'costs a bounded time and a bounded memory: %s',
    async (path) => {
      const startedAt = performance.now()
      const result = await count(() => fetchPage(`${internet.origin}${path}`))
      expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS)
      if (result.outcome === 'fetched') {
        // Of text, the beginning is taken.
        expect(result.bytes.length).toBeLessThanOrEqual(MAX_BYTES)
        expect(['/gzip-bomb', '/brotli-bomb', '/nested-gzip', '/endless']).toContain(path)
        expect(result.isTruncated).toBe(true)
      }
    },
  )
})

async function expectRefused(address: string): Promise<void> {
  const before = internet.innerVisits()
  const result = await count(() => fetchPage(address))
  expect(result).toMatchObject({ outcome: 'failed', reason: 'forbidden' })
  expect(internet.innerVisits()).toBe(before)
}

/** Through is what opens an inner door, brings back more than it may, or doesn't end. */
async function count<T extends { outcome: string; bytes?: Uint8Array }>(run: () => Promise<T>): Promise<T> {
  cases += 1
  const before = internet.innerVisits()
  const startedAt = performance.now()
  const result = await run()
  const isLate = performance.now() - startedAt > PATIENCE_MS
  if (internet.innerVisits() > before || isLate || (result.bytes?.length ?? 0) > MAX_BYTES) through += 1
  return result
}
