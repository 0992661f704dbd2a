/** Days as the platform's statistics count them: in China, which has no summer time. */
import { DAY_MS, HOUR_MS } from './clock.ts'

const OFFSET_MS = 8 * HOUR_MS

/** Unix ms of the midnight before `at`. */
export function chinaDayStart(at: number): number {
  return Math.floor((at + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS
}
