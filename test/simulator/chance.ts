/**
 * Seeded dice for faults and mishaps, so that a run that failed can be played again. Identifiers and secrets do not come
 * from here: two runs with one seed must not give two messages the same id.
 */

export interface Chance {
  /** [0, 1). */
  next(): number
  /** True with this probability. 0 and 1 do not use up a throw. */
  hits(probability: number): boolean
}

/** mulberry32: small, fast and good enough for dice. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { next, hits: (probability) => probability >= 1 || (probability > 0 && next() < probability) }
}
