/** A collector that takes traces as OTLP/HTTP brings them: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Record<string, unknown>
}

export interface OtlpReceiver {
  readonly url: string
  readonly spans: ReceivedSpan[]
  readonly requests: { path: string; authorization: string | undefined }[]
  close(): Promise<void>
}

interface RawSpan extends Omit<ReceivedSpan, 'attributes'> {
  attributes?: { key: string; value: Record<string, unknown> }[]
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const requests: OtlpReceiver['requests'] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      requests.push({ path: request.url ?? '', authorization: request.headers.authorization })
      const body = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: RawSpan[] }[] }[] }
      for (const { scopeSpans } of body.resourceSpans) {
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const attributes = (span.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]])
          spans.push({ ...span, attributes: Object.fromEntries(attributes) })
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
