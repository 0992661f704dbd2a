/** Asks the Worker how it stands, with the bridge's own proof. Never rejects: that it can't be reached is an answer, too. */
import { randomUUID } from 'node:crypto'
import { isAppError } from '../../../shared/app-error.ts'
import { signHandshake } from '../../../shared/bridge-handshake.ts'
import { type EdgeStatus, NO_DATABASE, parseEdgeStatus, STATUS_PATH } from '../../../shared/edge-status.ts'

export interface EdgeAddress {
  /** EDGE_URL. */
  url: string
  bridgeToken: string
  corpId: string
}

export type UnreachableReason = 'name' | 'refused' | 'tls' | 'timeout' | 'network'

export type EdgeAnswer =
  | { kind: 'unreachable'; reason: UnreachableReason; code: string }
  | { kind: 'answered'; status: number; text: string; ms: number; clockAheadMs: number | undefined }

export interface AskDeps {
  fetch: typeof fetch
  signal: AbortSignal
  /** Default 8,000. */
  timeoutMs?: number
}

/** `GET` of any path of the edge. */
export async function fetchEdge(
  url: URL,
  { fetch, signal, timeoutMs = 8_000 }: AskDeps,
  headers: Record<string, string> = {},
): Promise<EdgeAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const startedAt = performance.now()
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, deadline]) })
    const text = await response.text()
    const ms = Math.round(performance.now() - startedAt)
    const clock = Date.parse(response.headers.get('date') ?? '')
    // Half of the way there and back is not known to the second, and does not matter.
    const clockAheadMs = Number.isNaN(clock) ? undefined : Date.now() - clock
    return { kind: 'answered', status: response.status, text, ms, clockAheadMs }
  } catch (error) {
    if (signal.aborted || deadline.aborted) return { kind: 'unreachable', reason: 'timeout', code: 'timeout' }
    const code = networkCode(error)
    return { kind: 'unreachable', reason: toReason(code), code }
  }
}

export async function askEdge({ url, bridgeToken, corpId }: EdgeAddress, deps: AskDeps): Promise<EdgeAnswer> {
  const headers = await signHandshake(bridgeToken, {
    method: 'GET',
    path: STATUS_PATH,
    corpId,
    timestamp: Date.now(),
    nonce: randomUUID(),
    databaseId: NO_DATABASE,
    takeOver: false,
  })
  return fetchEdge(new URL(STATUS_PATH, url), deps, headers)
}

/** Of an answer with status 200; undefined when another site gave it. */
export function readStatus(answer: EdgeAnswer): EdgeStatus | undefined {
  if (answer.kind !== 'answered' || answer.status !== 200) return undefined
  try {
    return parseEdgeStatus(answer.text)
  } catch (error) {
    if (isAppError(error, 'edge.status-malformed')) return undefined
    throw error
  }
}

/** Whether `/healthz` was answered by the Worker, and not by another site. */
export function isHealth(text: string): boolean {
  try {
    const { mailbox } = JSON.parse(text) as { mailbox?: unknown }
    return mailbox === 'up' || mailbox === 'down'
  } catch {
    return false
  }
}

const CERTIFICATE = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO/

function toReason(code: string): UnreachableReason {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name'
  if (code === 'ECONNREFUSED') return 'refused'
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return 'timeout'
  return CERTIFICATE.test(code) ? 'tls' : 'network'
}

/** `ECONNREFUSED` and the like, from undici's cause. */
export function networkCode(error: unknown): string {
  let found: unknown = error
  for (let depth = 0; depth < 4 && found instanceof Error; depth += 1) {
    if ('code' in found && typeof found.code === 'string') return found.code
    found = found.cause
  }
  return 'unknown'
}
