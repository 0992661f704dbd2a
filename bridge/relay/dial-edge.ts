/**
 * Dials the edge and proves who is calling. The `ws` package, because it shows the status and headers of a refusal, which
 * decide when to dial again; the built-in WebSocket hides both.
 */
import { randomUUID } from 'node:crypto'
import type { ClientRequest, IncomingMessage } from 'node:http'
import WebSocket from 'ws'
import { signHandshake } from '../../shared/bridge-handshake.ts'
import type { SessionEnd } from './session-end.ts'

export interface DialRequest {
  url: URL
  bridgeToken: string
  corpId: string
  databaseId: string
  takeOver: boolean
  /** Unix ms, newer than that of every dial before. */
  timestamp: number
  handshakeTimeoutMs: number
  signal: AbortSignal
}

export type DialResult<T> = { kind: 'open'; session: T } | Exclude<SessionEnd, { kind: 'closed' }>

/** Mail frames stay well under one megabyte. */
const MAX_PAYLOAD_BYTES = 4 * 1024 * 1024

/** The Worker's address for bridges, from EDGE_URL (http or https). */
export function toBridgeUrl(edgeUrl: string): URL {
  const url = new URL('/bridge', edgeUrl)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  return url
}

/**
 * Never rejects. `attach` is called at the very opening, before the first frame can arrive: after a promise it would be too
 * late.
 */
export async function dialEdge<T>(request: DialRequest, attach: (socket: WebSocket) => T): Promise<DialResult<T>> {
  const { url, bridgeToken, corpId, databaseId, takeOver, timestamp, handshakeTimeoutMs, signal } = request
  const headers = await signHandshake(bridgeToken, {
    method: 'GET',
    path: url.pathname,
    corpId,
    timestamp,
    nonce: randomUUID(),
    databaseId,
    takeOver,
  })
  if (signal.aborted) return { kind: 'unreachable', reason: 'stopped' }
  const socket = new WebSocket(url, {
    headers,
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    followRedirects: false,
  })
  const abort = () => socket.terminate()
  signal.addEventListener('abort', abort)
  try {
    return await new Promise<DialResult<T>>((resolve) => {
      // Stays for the socket's life: one without a listener would end the process. 'close' follows and tells the rest.
      socket.on('error', (error) => resolve({ kind: 'unreachable', reason: describe(error) }))
      socket.once('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
        resolve(toRefusal(response))
        socket.terminate()
      })
      socket.once('open', () => resolve({ kind: 'open', session: attach(socket) }))
    })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function toRefusal({ statusCode = 0, headers }: IncomingMessage): DialResult<never> {
  const now = Date.now()
  const edgeClock = Date.parse(headers.date ?? '')
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now)
  return {
    kind: 'refused',
    status: statusCode,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(Number.isNaN(edgeClock) ? {} : { clockAheadMs: now - edgeClock }),
  }
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const at = /^\d+$/.test(value) ? now + Number(value) * 1000 : Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  // The message of a handshake that took too long has no code.
  return code ?? (error.message.startsWith('Opening handshake') ? 'no answer in time' : error.name)
}
