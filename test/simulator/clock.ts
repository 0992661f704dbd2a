/** The simulator's time. Every lifetime (20 s, 10 min, 2 h, 48 h, 3 d) is measured on it, so that a test moves it instead of waiting. */

export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Moves the clock by `ms`, which may be negative. */
  move(ms: number): void
  /** By how much it was moved in all. */
  movedMs(): number
}

export function createClock(base: () => number = Date.now): Clock {
  let offsetMs = 0
  return {
    now: () => base() + offsetMs,
    move: (ms) => {
      offsetMs += ms
    },
    movedMs: () => offsetMs,
  }
}

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
