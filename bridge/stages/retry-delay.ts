import { backOffMs } from '../../shared/back-off.ts'
import type { RetryTiming } from './stage-timing.ts'

/** Attempts on one row before it is parked. */
export const MAX_ATTEMPTS = 8

/** Delay in ms after failure number `attempts` (0 for the first): half of it fixed, half of it jitter. */
export function retryDelayMs(attempts: number, { baseMs, maxMs }: RetryTiming): number {
  const half = Math.min(maxMs, baseMs * 2 ** Math.min(attempts, 20)) / 2
  return half + backOffMs(0, { baseMs: half, maxMs: half })
}
