import type { Call } from './command.ts'
import { usageError } from './usage-error.ts'

export interface CountRange {
  fallback: number
  /** 1 by default. */
  min?: number
  max: number
  say: Call['say']
}

/** An option that is a whole number. Throws `cli.usage`. */
export function parseCount(
  name: string,
  value: string | boolean | undefined,
  { fallback, min = 1, max, say }: CountRange,
): number {
  if (value === undefined) return fallback
  const count = Number(value)
  if (typeof value !== 'string' || !/^\d+$/.test(value) || count < min || count > max) {
    throw usageError(
      say({
        zh: `--${name} 要是 ${min} 到 ${max} 的整数`,
        en: `--${name} must be a whole number from ${min} to ${max}`,
      }),
    )
  }
  return count
}
