/** A webhook that takes alerts, as a group robot does or as any address does, or fails as it is told. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type WebhookFault =
  | { kind: 'status'; status: number }
  | { kind: 'errcode'; errcode: number }
  | { kind: 'silence' }

export interface WebhookReceiver {
  readonly url: string
  /** The bodies that were taken. */
  readonly taken: Record<string, unknown>[]
  /** All requests, also those that failed. */
  readonly attempts: number
  /** For every request until it is undefined again. */
  fail(fault: WebhookFault | undefined): void
  close(): Promise<void>
}

export async function startWebhookReceiver(path = '/hook'): Promise<WebhookReceiver> {
  const taken: Record<string, unknown>[] = []
  let attempts = 0
  let fault: WebhookFault | undefined
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      attempts += 1
      if (fault?.kind === 'silence') return
      if (fault?.kind === 'status') {
        response.writeHead(fault.status).end()
        return
      }
      if (fault === undefined) taken.push(JSON.parse(text) as Record<string, unknown>)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errcode: fault?.errcode ?? 0, errmsg: fault === undefined ? 'ok' : 'refused' }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${path}`,
    taken,
    get attempts() {
      return attempts
    },
    fail(next) {
      fault = next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
