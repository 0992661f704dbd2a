/** When to dial again after a session ended, and what to tell the operator about it. */
import { backOffMs } from '../../shared/back-off.ts'
import { CLOSE_CODES } from '../../shared/frames.ts'
import type { RelayTiming } from './relay-timing.ts'
import type { SessionEnd } from './session-end.ts'

export interface RedialPlan {
  delayMs: number
  /** For `/readyz`, the console and the log. */
  reason: string
  /** Only a person can help. */
  needsPerson: boolean
}

export interface PlanOptions {
  /** How many attempts have failed since the last healthy session. */
  failures: number
  timing: RelayTiming
  random: () => number
}

/** More than the edge tolerates less the time on the way; a clock within it cannot be why a handshake is refused. */
const CLOCK_TOLERANCE_MS = 30_000
/** Whatever a server says: an hour is the longest that mail waits unasked for. */
const MAX_RETRY_AFTER_MS = 3_600_000

export function planRedial(end: SessionEnd, { failures, timing, random }: PlanOptions): RedialPlan {
  const normal = backOffMs(failures, { ...timing.redial, random })
  // Jitter on top: the least delay is to be kept.
  const slow = (leastMs: number) => Math.round(leastMs * (1 + random() / 2))
  switch (end.kind) {
    case 'unreachable':
      return { delayMs: normal, reason: `the edge cannot be reached (${end.reason})`, needsPerson: false }
    case 'closed':
      switch (end.code) {
        case CLOSE_CODES.superseded:
          return {
            delayMs: slow(timing.supersededMs),
            reason: 'another bridge on this database took the connection over',
            needsPerson: false,
          }
        case CLOSE_CODES.otherDatabase:
          return {
            delayMs: slow(timing.slowRedialMs),
            reason:
              'the mailbox belongs to a bridge on another database; if this one is to answer from now on: ' +
              'npm run kefu -- relay take-over',
            needsPerson: true,
          }
        default:
          return {
            delayMs: normal,
            reason: end.reason ?? `the connection was closed (${end.code})`,
            needsPerson: false,
          }
      }
    case 'refused':
      return planAfterRefusal(end, normal, slow(timing.slowRedialMs))
  }
}

function planAfterRefusal(
  { status, retryAfterMs = 0, clockAheadMs = 0 }: Extract<SessionEnd, { kind: 'refused' }>,
  normal: number,
  slow: number,
): RedialPlan {
  if (status === 401 || status === 403) {
    const reason =
      `the edge refused this bridge (${status}): BRIDGE_TOKEN and WECHAT_CORP_ID must be the same on both sides, ` +
      `and this machine's clock must be right${describeClock(clockAheadMs)}`
    return { delayMs: slow, reason, needsPerson: true }
  }
  if (status === 409) {
    return { delayMs: normal, reason: 'the edge has seen a newer connection (409)', needsPerson: false }
  }
  if (status === 429 || status >= 500) {
    const delayMs = Math.max(normal, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
    return { delayMs, reason: `the edge is not ready (${status})`, needsPerson: false }
  }
  return { delayMs: normal, reason: `EDGE_URL does not lead to the Worker (${status})`, needsPerson: true }
}

function describeClock(clockAheadMs: number): string {
  if (Math.abs(clockAheadMs) < CLOCK_TOLERANCE_MS) return ''
  const seconds = Math.round(Math.abs(clockAheadMs) / 1000)
  return `; it is ${seconds} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} the edge's`
}
