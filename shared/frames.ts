/**
 * The messages on the WebSocket between the bridge and the mailbox, as JSON text frames.
 * Both sides ignore fields and frame types that they do not know: a deploy may leave old code talking to new
 * code for a while, one version apart in either direction.
 *
 * Delivery is at least once. A sent frame proves nothing; only an `ack` removes what was delivered.
 */
import { AppError } from './app-error.ts'
import type { Nudge } from './nudge.ts'

/** Application close codes. Any other code, 1006 above all, means "connect again". */
export const CLOSE_CODES = {
  /** A newer session of the same bridge took over. Do not fight: wait long before dialling again. */
  superseded: 4001,
  /** The mailbox belongs to a bridge on another database; `kefu relay take-over` moves it. */
  otherDatabase: 4002,
} as const

/** The exact strings of the heartbeat. The runtime answers `ping` without waking the object. */
export const HEARTBEAT = { ping: 'ping', pong: 'pong' } as const

/** What the mailbox keeps, under a number that is never reused. */
export type Mail =
  | { number: number; kind: 'nudge'; nudge: Nudge; receivedAt: number }
  | { number: number; kind: 'event'; event: KeptEvent; receivedAt: number }

/** A callback that is not a nudge but that the bridge has a use for. */
export interface KeptEvent {
  /** The platform's `Event`, e.g. `kf_account_auth_change`. */
  name: string
  /** Unix seconds. */
  createTime: number
  /** Accounts that were assigned to the app. */
  addedOpenKfIds: string[]
  /** Accounts that were taken from the app. */
  removedOpenKfIds: string[]
}

export type EdgeFrame =
  | { type: 'deliver'; mail: Mail[] }
  /** Answer to `sync`: how much waits, and how old the oldest is (0 when nothing waits). */
  | { type: 'status'; pending: number; oldestAgeMs: number }

export type BridgeFrame =
  | { type: 'ack'; numbers: number[] }
  /** End-to-end check: the mailbox answers `status` and delivers again whatever is unacknowledged. */
  | { type: 'sync' }

/** Parses a frame that the edge sent. Returns undefined for a frame type from a newer version. Throws `frame.malformed`. */
export function parseEdgeFrame(text: string): EdgeFrame | undefined {
  const frame = parseObject(text)
  switch (frame.type) {
    case 'deliver':
      return {
        type: 'deliver',
        mail: asArray(frame.mail)
          .map(parseMail)
          .filter((mail) => mail !== undefined),
      }
    case 'status':
      return { type: 'status', pending: asNumber(frame.pending), oldestAgeMs: asNumber(frame.oldestAgeMs) }
    default:
      return undefined
  }
}

/** Parses a frame that the bridge sent. Returns undefined for a frame type from a newer version. Throws `frame.malformed`. */
export function parseBridgeFrame(text: string): BridgeFrame | undefined {
  const frame = parseObject(text)
  switch (frame.type) {
    case 'ack':
      return { type: 'ack', numbers: asArray(frame.numbers).map(asNumber) }
    case 'sync':
      return { type: 'sync' }
    default:
      return undefined
  }
}

function parseMail(raw: unknown): Mail | undefined {
  const mail = asObject(raw)
  const number = asNumber(mail.number)
  const receivedAt = asNumber(mail.receivedAt)
  if (mail.kind === 'nudge') {
    const nudge = asObject(mail.nudge)
    const { openKfId, token, createTime } = nudge
    return {
      number,
      kind: 'nudge',
      nudge: { openKfId: asString(openKfId), token: asString(token), createTime: asNumber(createTime) },
      receivedAt,
    }
  }
  if (mail.kind === 'event') {
    const event = asObject(mail.event)
    return {
      number,
      kind: 'event',
      event: {
        name: asString(event.name),
        createTime: asNumber(event.createTime),
        addedOpenKfIds: asArray(event.addedOpenKfIds).map(asString),
        removedOpenKfIds: asArray(event.removedOpenKfIds).map(asString),
      },
      receivedAt,
    }
  }
  return undefined
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text))
  } catch (cause) {
    throw malformed('is not a JSON object', cause)
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('holds no object')
  return value as Record<string, unknown>
}

function asArray(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed('holds no list')
  return value
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw malformed('holds no whole number')
  return value
}

function asString(value: unknown): string {
  if (typeof value !== 'string') throw malformed('holds no string')
  return value
}

function malformed(what: string, cause?: unknown): AppError {
  return new AppError('frame.malformed', `the frame ${what}`, { retryable: false, cause })
}
