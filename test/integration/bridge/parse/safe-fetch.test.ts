import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROBOTS_NAME } from '../../../../bridge/knowledge/ingest/robots.ts'
import { createSafeFetch } from '../../../../bridge/parse/fetch/safe-fetch.ts'
import { freePort } from '../../../support/free-port.ts'
import { INNER_ADDRESS, PUBLIC_ADDRESS, type SmallInternet, startSmallInternet } from './fixtures/small-internet.ts'

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/page': (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=gbk' }).end('<p>a</p>'),
  '/gzip': (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync('<p>packed</p>')),
  '/moved': (_request, response) => response.writeHead(301, { location: '/page#part' }).end(),
  '/moved-utf8': (_request, response) =>
    response.writeHead(302, { location: Buffer.from('/手册').toString('latin1') }).end(),
  [encodeURI('/手册')]: (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-'),
  '/untyped': (_request, response) => response.end('words'),
  '/missing': (_request, response) => response.writeHead(404).end(),
  '/sitemap.xml.gz': (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/x-gzip' }).end('packed'),
  '/picture': (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('x'),
  '/headers': (request, response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(request.headers)),
  '/long': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('a'.repeat(5000)),
  '/long-pdf': (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/pdf' }).end('a'.repeat(5000)),
  '/silent': () => {},
}

let internet: SmallInternet

beforeAll(async () => {
  internet = await startSmallInternet((request, response) => routes[request.url ?? '']?.(request, response))
})
afterAll(() => internet.close())

const open = (
  path: string,
  options: { maxBytes?: number; deadlineMs?: number; acceptsXml?: boolean; name?: string } = {},
  signal?: AbortSignal,
) => createSafeFetch({ refusedHosts: [], ...options }, internet.seams)(`${internet.origin}${path}`, signal)

describe('createSafeFetch', () => {
  it('brings the bytes, the type and the address', async () => {
    expect(await open('/page#part')).toMatchObject({
      outcome: 'fetched',
      url: `${internet.origin}/page`,
      contentType: 'text/html; charset=gbk',
      name: 'page',
      isTruncated: false,
    })
  })

  it.each([
    ['packed pages', '/gzip', '<p>packed</p>'],
    ['redirects', '/moved', '<p>a</p>'],
    ['redirects in UTF-8', '/moved-utf8', '%PDF-'],
    ['answers that name no type', '/untyped', 'words'],
  ])('takes %s', async (_what, path, expected) => {
    const result = await open(path)
    expect(result.outcome === 'fetched' && Buffer.from(result.bytes).toString()).toBe(expected)
  })

  it('opens a name in Chinese letters, and leads nobody inside by one', async () => {
    internet.names.set('xn--fsqu00a.xn--55qx5d', [[PUBLIC_ADDRESS]])
    internet.names.set('xn--fsqu00a.xn--fiqs8s', [[INNER_ADDRESS]])
    const at = (host: string) =>
      createSafeFetch(
        { refusedHosts: ['xn--fiq228c.xn--fiqs8s'] },
        internet.seams,
      )(`http://${host}:${internet.port}/page`)
    expect(await at('例子.公司')).toMatchObject({
      outcome: 'fetched',
      url: `http://xn--fsqu00a.xn--55qx5d:${internet.port}/page`,
    })
    const forbidden = { outcome: 'failed', reason: 'forbidden' }
    expect(await at('例子.中国')).toEqual(forbidden)
    // A name of ours.
    expect(await at('中文.中国')).toEqual(forbidden)
    expect(internet.innerVisits()).toBe(0)
  })

  it.each([
    ['/missing', { reason: 'status', status: 404 }],
    ['/picture', { reason: 'type' }],
    ['/long-pdf', { reason: 'too-large' }],
  ])('says why there is nothing: %s', async (path, expected) => {
    expect(await open(path, { maxBytes: 100 })).toEqual({ outcome: 'failed', ...expected })
  })

  it('takes what is packed only where sitemaps are read', async () => {
    expect(await open('/sitemap.xml.gz')).toEqual({ outcome: 'failed', reason: 'type' })
    expect(await open('/sitemap.xml.gz', { acceptsXml: true })).toMatchObject({ outcome: 'fetched' })
  })

  it('takes the beginning of a long page', async () => {
    const result = await open('/long', { maxBytes: 100 })
    expect(result).toMatchObject({ outcome: 'fetched', isTruncated: true })
    expect(result.outcome === 'fetched' && result.bytes.length).toBe(100)
  })

  it('says the name of whoever reads again and again, as robots.txt may call it', async () => {
    const result = await open('/headers', { name: ROBOTS_NAME })
    const headers: unknown = JSON.parse(result.outcome === 'fetched' ? Buffer.from(result.bytes).toString() : '')
    expect(headers).toMatchObject({ 'user-agent': expect.stringMatching(/^Mozilla\/5\.0 .* kefu-edge$/) })
  })

  it('looks like a browser and carries nothing of ours', async () => {
    const result = await open('/headers')
    const headers: unknown = JSON.parse(result.outcome === 'fetched' ? Buffer.from(result.bytes).toString() : '')
    expect(headers).toMatchObject({
      'user-agent': expect.stringContaining('Mozilla/5.0'),
      host: `site.test:${internet.port}`,
    })
    expect(headers).not.toHaveProperty('cookie')
    expect(headers).not.toHaveProperty('referer')
    expect(headers).not.toHaveProperty('authorization')
  })

  it('ends at its deadline', async () => {
    expect(await open('/silent', { deadlineMs: 100 })).toEqual({ outcome: 'failed', reason: 'timeout' })
  })

  it('rejects when it is called off', async () => {
    const controller = new AbortController()
    const opened = open('/silent', {}, controller.signal)
    controller.abort(new Error('stopped'))
    await expect(opened).rejects.toThrow('stopped')
  })

  it.each([
    ['has no address', 'nowhere.test', 'unresolved'],
    ['answers nowhere', 'site.test', 'unreachable'],
  ])('says that a name %s', async (_what, name, reason) => {
    const port = await freePort()
    const seams = { ...internet.seams, ports: new Set([port]) }
    expect(await createSafeFetch({ refusedHosts: [] }, seams)(`http://${name}:${port}/`)).toEqual({
      outcome: 'failed',
      reason,
    })
  })
})

describe('an outbound proxy', () => {
  it('is asked for the checked address, with its password, and for nothing that is inside', async () => {
    const asked: string[] = []
    const passwords: (string | undefined)[] = []
    const proxy = createServer()
    proxy.on('connect', (request: IncomingMessage, socket) => {
      asked.push(request.url ?? '')
      passwords.push(request.headers['proxy-authorization'])
      const [host = '', port = ''] = request.url?.split(':') ?? []
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      for (const end of [onward, socket]) end.on('error', () => {})
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    try {
      const proxyUrl = `http://user:word%21@127.0.0.1:${(proxy.address() as AddressInfo).port}`
      const fetchPage = createSafeFetch({ refusedHosts: [], proxyUrl }, internet.seams)
      internet.names.set('inner.test', [['127.0.0.1']])
      expect(await fetchPage(`${internet.origin}/page`)).toMatchObject({ outcome: 'fetched' })
      expect(await fetchPage(`http://inner.test:${internet.port}/page`)).toMatchObject({ reason: 'forbidden' })
      expect(asked).toEqual([`${PUBLIC_ADDRESS}:${internet.port}`])
      expect(passwords).toEqual([`Basic ${Buffer.from('user:word!').toString('base64')}`])
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  it('that refuses leaves the page unread', async () => {
    const proxy = createServer()
    proxy.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    try {
      const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      const fetchPage = createSafeFetch({ refusedHosts: [], proxyUrl }, internet.seams)
      expect(await fetchPage(`${internet.origin}/page`)).toEqual({ outcome: 'failed', reason: 'unreachable' })
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  it.each<[string, (socket: Duplex) => unknown]>([
    ['is no TLS', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['ends at once', (socket) => socket.destroy()],
  ])('behind which a secure site %s leaves the page unread, and this process alive', async (_what, answer) => {
    const crashes: unknown[] = []
    const note = (error: unknown) => crashes.push(error)
    process.on('unhandledRejection', note)
    const proxy = createServer()
    proxy.on('connect', (_request, socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      answer(socket)
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    try {
      const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      const fetchPage = createSafeFetch({ refusedHosts: [], proxyUrl, deadlineMs: 3000 }, internet.seams)
      const address = internet.origin.replace('http:', 'https:')
      expect(await fetchPage(`${address}/page`)).toEqual({ outcome: 'failed', reason: 'unreachable' })
      await new Promise((resolve) => setImmediate(resolve))
      expect(crashes).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
      proxy.closeAllConnections()
      proxy.close()
    }
  })
})
