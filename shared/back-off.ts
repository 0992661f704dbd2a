/** Full-jitter exponential back-off: anything from 0 to the doubled delay, so that many callers spread out. */

export interface BackOffOptions {
  baseMs: number
  maxMs: number
  /** Returns [0, 1). Injected by tests. */
  random?: () => number
}

/** Delay in ms before try number `attempt` (0 for the first repeat). */
export function backOffMs(attempt: number, { baseMs, maxMs, random = Math.random }: BackOffOptions): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30))
  return Math.floor(random() * ceiling)
}
