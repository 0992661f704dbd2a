/** When the sweeper looks at a row, in milliseconds. */
export interface DueTiming {
  /** How long a row is left alone for which a pointer is on its way. */
  graceMs: number
  /** How long a published pointer is given before it is published again. */
  againMs: number
}

/**
 * A claim may come so much before its row is due: timers fire a little early, and the clocks of two processes differ by a little. A
 * pointer that found nothing due would be lost, and the row would wait for the sweeper.
 */
export const EARLY_MS = 100
