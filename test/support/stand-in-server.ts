/** What the stand-ins of vendors share: a server on a free port of this machine, and the ways in which any of them may fail. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the next answers go. `refusal` is the vendor's own error, by whatever the stand-in calls it. */
export type VendorBehaviour =
  | { kind: 'status'; status: number; retryAfterS?: number }
  | { kind: 'refusal'; name: string }
  /** The same error, told amid the stream with status 200. */
  | { kind: 'stream-refusal'; name: string }
  /** A gateway's page instead of JSON. */
  | { kind: 'html'; status: number }
  /** The answer has no text. */
  | { kind: 'blank' }
  /** The connection ends amid the answer. */
  | { kind: 'cut' }
  /** The stream ends in order, amid the answer. */
  | { kind: 'short' }
  /** Signs of life until the caller gives up. */
  | { kind: 'keep-alive' }
  /** Nothing until the caller gives up. */
  | { kind: 'silence' }
  /** A piece of the answer so often, without an end. */
  | { kind: 'drip'; everyMs: number }

export interface StandInServer {
  /** Without a slash at its end. */
  readonly origin: string
  /** Answers whose connection was closed before their end. */
  abandoned(): number
  close(): Promise<void>
}

export interface StandInRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  /** Parsed JSON; undefined when it is none. */
  body: unknown
}

export async function startStandInServer(
  handle: (request: StandInRequest, response: ServerResponse) => unknown,
): Promise<StandInServer> {
  let abandoned = 0
  const server = createServer(async (request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1
    })
    try {
      const { method = '', url = '', headers } = request
      await handle({ method, path: url, headers, body: await readJson(request) }, response)
    } catch {
      response.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    abandoned: () => abandoned,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Counts down how often a behaviour still holds. */
export function createBehaviours() {
  let current: VendorBehaviour | undefined
  let left = 0
  return {
    behave(next: VendorBehaviour | undefined, times = Number.POSITIVE_INFINITY): void {
      current = next
      left = times
    },
    next(): VendorBehaviour | undefined {
      if (left <= 0) return undefined
      left -= 1
      return current
    },
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export function sendPage(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end('<html><body>Bad Gateway</body></html>')
}

/** Writes so often until the caller goes away. */
export function writeForEver(response: ServerResponse, text: string, everyMs: number): void {
  response.write(text)
  const timer = setInterval(() => response.write(text), everyMs)
  response.once('close', () => clearInterval(timer))
}

/** Only what was flushed arrives before the connection ends. */
export function cutConnection(response: ServerResponse): void {
  setImmediate(() => response.destroy())
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown
  } catch {
    return undefined
  }
}
