const STEPS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, '天'],
  [3_600_000, '小时'],
  [60_000, '分钟'],
]

/** A time span in Chinese, in its largest unit, rounded down: `42 秒`, `3 分钟`, `2 天`. */
export function toAge(ms: number): string {
  for (const [unit, name] of STEPS) if (ms >= unit) return `${Math.floor(ms / unit)} ${name}`
  return `${Math.max(0, Math.floor(ms / 1000))} 秒`
}
