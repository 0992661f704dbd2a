import { describe, expect, it } from 'vitest'
import { outageDelayMs, retryDelayMs } from '../../../../bridge/stages/retry-delay.ts'

const timing = { baseMs: 101, maxMs: 3001 }

describe('retryDelayMs and outageDelayMs', () => {
  it('are whole milliseconds, half of them at least, and never more than the most', () => {
    for (let step = 0; step < 200; step += 1) {
      for (const delay of [retryDelayMs(step % 12, timing), outageDelayMs(step * 33.3, timing)]) {
        expect(Number.isInteger(delay), String(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(50)
        expect(delay).toBeLessThanOrEqual(3002)
      }
    }
  })

  it.each([
    { what: 'the failures before', delay: (step: number) => retryDelayMs(step, timing) },
    { what: 'the time that has passed', delay: (step: number) => outageDelayMs(100 * 2 ** step, timing) },
  ])('grow with $what', ({ delay }) => {
    expect(delay(0)).toBeLessThanOrEqual(102)
    expect(delay(4)).toBeGreaterThan(750)
  })
})
