/** In processes of their own, because what is closed stays closed. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MODULE = new URL('../../../../../bridge/parse/worker/close-network.ts', import.meta.url).href
const run = promisify(execFile)

const server = createServer((socket) => socket.end())
let port = 0
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => void server.close())

/** What a process says that tries it: `reached`, or why not. */
async function attempt(way: string, isClosed: boolean): Promise<string> {
  const close = isClosed ? `(await import('${MODULE}')).closeNetwork()` : ''
  const script = `${close}
    const port = ${port}
    const tell = (text) => { process.stdout.write(text); process.exit(0) }
    try { ${way} } catch (error) { tell(error.message) }`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script])
  return stdout
}

const WAYS = {
  net: `(await import('node:net')).connect(port, '127.0.0.1', () => tell('reached'))`,
  http: `(await import('node:http')).get({ port, host: '127.0.0.1' }).on('error', (error) => tell(error.code === 'ECONNRESET' ? 'reached' : error.message))`,
  tls: `(await import('node:tls')).connect(port, '127.0.0.1').on('error', (error) => tell(error.code === 'ECONNRESET' ? 'reached' : error.message))`,
  dgram: `const { createSocket } = await import('node:dgram'); createSocket('udp4').send('x', port, '127.0.0.1', () => tell('reached'))`,
  dns: `const { lookup } = await import('node:dns'); lookup('127.0.0.1', () => tell('reached'))`,
  'dns/promises': `await (await import('node:dns/promises')).lookup('127.0.0.1'); tell('reached')`,
  listen: `(await import('node:net')).createServer().listen(0, '127.0.0.1', () => tell('reached'))`,
}

describe('a process whose network is closed', () => {
  it.each(Object.entries(WAYS))('finds no way out by %s', async (_name, way) => {
    expect(await attempt(way, false)).toBe('reached')
    expect(await attempt(way, true)).toBe('this process has no network')
  })
})
