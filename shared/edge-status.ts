/**
 * What the edge tells whoever proves to hold BRIDGE_TOKEN, at `GET /status`: for the doctor and the setup, which ask whether the
 * console's URL check has come and why callbacks are refused. Nothing in it is secret, and nothing is a customer's.
 */
import { AppError } from './app-error.ts'

export const STATUS_PATH = '/status'

/** In place of a database id in the handshake: who asks for the status belongs to no database. */
export const NO_DATABASE = '-'

/** A URL check whose text begins like this is one of our own and does not count as the console's. */
export const PROBE_PREFIX = 'kefu-probe-'

export const CALLBACK_REFUSALS = ['signature-wrong', 'undecryptable', 'receiver-wrong'] as const
/** Which of Token, EncodingAESKey and corp id was wrong, in this order. */
export type CallbackRefusal = (typeof CALLBACK_REFUSALS)[number]

export interface EdgeStatus {
  version: string
  /** The secret that the caller proved is the current one; false: it is BRIDGE_TOKEN_PREVIOUS. */
  isCurrentSecret: boolean
  /** Unix ms of the last URL check of the console that was answered rightly; undefined when there was none. */
  urlCheckedAt: number | undefined
  /** Unix ms when what is in the mailbox last changed; undefined when nothing came within three days. */
  lastCallbackAt: number | undefined
  /** The last callback or URL check that was refused, to the minute. */
  refused: { reason: CallbackRefusal; at: number } | undefined
  /** Of the bridge that the mailbox belongs to; undefined before the first one. */
  databaseId: string | undefined
  bridgeConnected: boolean
  /** Unix ms. */
  bridgeSeenAt: number | undefined
  pending: number
  oldestAgeMs: number
}

/** Throws `edge.status-malformed`. */
export function parseEdgeStatus(text: string): EdgeStatus {
  const raw = parseObject(text)
  const refused = raw.refused === undefined || raw.refused === null ? undefined : asObject(raw.refused)
  const reason = CALLBACK_REFUSALS.find((one) => one === refused?.reason)
  return {
    version: typeof raw.version === 'string' ? raw.version : fail(),
    isCurrentSecret: raw.isCurrentSecret === true,
    urlCheckedAt: asTime(raw.urlCheckedAt),
    lastCallbackAt: asTime(raw.lastCallbackAt),
    // A reason of a newer version is not known here.
    refused: reason === undefined ? undefined : { reason, at: asTime(refused?.at) ?? 0 },
    databaseId: typeof raw.databaseId === 'string' ? raw.databaseId : undefined,
    bridgeConnected: raw.bridgeConnected === true,
    bridgeSeenAt: asTime(raw.bridgeSeenAt),
    pending: asTime(raw.pending) ?? 0,
    oldestAgeMs: asTime(raw.oldestAgeMs) ?? 0,
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text))
  } catch (cause) {
    return fail(cause)
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : fail()
}

function asTime(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'number' && Number.isFinite(value) ? value : fail()
}

function fail(cause?: unknown): never {
  throw new AppError('edge.status-malformed', 'what came back is no status of the edge', { retryable: false, cause })
}
