import { backOffMs } from '../../shared/back-off.ts'

/** Attempts on one row before it is parked. */
export const MAX_ATTEMPTS = 8

const MAX_DELAY_MS = 10 * 60_000

/** Delay in ms after failure number `attempts` (0 for the first): half of it fixed, half of it jitter. */
export function retryDelayMs(attempts: number, maxMs = MAX_DELAY_MS): number {
  const ceiling = Math.min(maxMs, 1000 * 2 ** Math.min(attempts, 20))
  return ceiling / 2 + backOffMs(0, { baseMs: ceiling / 2, maxMs: ceiling / 2 })
}
