/** `--limit` of the commands that list what there may be very much of. */
import type { Call, Command } from './command.ts'
import { parseCount } from './parse-count.ts'

export interface LimitRange {
  fallback: number
  max: number
}

const RANGE: LimitRange = { fallback: 50, max: 10_000 }

export function limitOption({ fallback }: LimitRange = RANGE) {
  return {
    limit: {
      type: 'string',
      value: 'N',
      about: { zh: `最多几条，默认 ${fallback}`, en: `how many at most, ${fallback} by default` },
    },
  } as const satisfies Command['options']
}

/** Throws `cli.usage`. */
export function parseLimit({ options, say }: Pick<Call, 'options' | 'say'>, range: LimitRange = RANGE): number {
  return parseCount('limit', options.limit, { ...range, say })
}
