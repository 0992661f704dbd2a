import { backOffMs } from '../../shared/back-off.ts'
import type { RetryTiming } from './stage-timing.ts'

/** Attempts on one row before it is parked. */
export const MAX_ATTEMPTS = 8

/** Delay in ms after failure number `attempts` (0 for the first): half of it fixed, half of it jitter. */
export function retryDelayMs(attempts: number, { baseMs, maxMs }: RetryTiming): number {
  return withJitter(Math.min(maxMs, baseMs * 2 ** Math.min(attempts, 20)))
}

/**
 * Delay in ms while the other side is away: as long as the row has waited already. Tries during an outage say nothing about the row,
 * so they are not counted: one that outlives it has all its attempts left.
 */
export function outageDelayMs(waitedMs: number, { baseMs, maxMs }: RetryTiming): number {
  return withJitter(Math.max(baseMs, Math.min(maxMs, waitedMs)))
}

/** Whole milliseconds: PostgreSQL's bigint takes no other. */
function withJitter(delayMs: number): number {
  const half = Math.round(delayMs / 2)
  return half + backOffMs(0, { baseMs: half, maxMs: half })
}
