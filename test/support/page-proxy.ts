/** An outbound proxy behind which every site is a page of the test, and a book of which were asked for. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

export interface PageProxy {
  /** For OUTBOUND_PROXY. */
  readonly url: string
  /** Addresses that were asked for, `host/path`, in order. */
  readonly visited: readonly string[]
  close(): Promise<void>
}

/** `page`: the HTML of an address, `host/path`. Undefined: not found. */
export async function startPageProxy(page: (address: string) => string | undefined): Promise<PageProxy> {
  const visited: string[] = []
  const sites = createServer((request, response) => {
    const address = `${request.headers.host}${request.url}`
    visited.push(address)
    const html = page(address)
    response.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(html ?? '')
  })
  const proxy = createServer()
  proxy.on('connect', (_request, client, head) => {
    const site = connect((sites.address() as AddressInfo).port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      site.write(head)
      client.pipe(site).pipe(client)
    })
    site.on('error', () => client.destroy())
    client.on('error', () => site.destroy())
  })
  for (const server of [sites, proxy]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    visited,
    async close() {
      for (const server of [proxy, sites]) {
        const closed = once(server, 'close')
        server.close()
        server.closeAllConnections()
        await closed
      }
    },
  }
}
