const CHINA_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000

/** When the day began, unix ms. Days are China's, where the customers are. */
export function startOfDay(now: number): number {
  return now - ((now + CHINA_OFFSET_MS) % DAY_MS)
}
