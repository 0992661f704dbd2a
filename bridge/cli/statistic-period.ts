/** The days that statistics are asked for: whole ones in China's time, from 180 days ago to yesterday. */
import type { Call } from './command.ts'
import { usageError } from './usage-error.ts'

export interface Period {
  /** Unix milliseconds, the beginning of a day in China. */
  from: number
  /** The same of the last day, which is included. */
  to: number
}

const dayMs = 24 * 3_600_000
const chinaMs = 8 * 3_600_000
const oldestDays = 180
const usualDays = 7
/** Most days of one call. */
const perCall = 31

export const periodOptions = {
  from: {
    type: 'string',
    value: 'YYYY-MM-DD',
    about: {
      zh: `第一天，默认 ${usualDays} 天前，最早 ${oldestDays} 天前`,
      en: `the first day: ${usualDays} days ago if not given, ${oldestDays} at most`,
    },
  },
  to: {
    type: 'string',
    value: 'YYYY-MM-DD',
    about: { zh: '最后一天，默认昨天', en: 'the last day: yesterday if not given' },
  },
} as const

/** Throws `cli.usage`. `now`: unix milliseconds. */
export function parsePeriod({ options, say }: Pick<Call, 'options' | 'say'>, now: number): Period {
  const today = Math.floor((now + chinaMs) / dayMs) * dayMs - chinaMs
  const to = parseDay('to', options.to, say) ?? today - dayMs
  const from = parseDay('from', options.from, say) ?? to - (usualDays - 1) * dayMs
  const fault =
    to >= today
      ? {
          zh: '--to 最晚是昨天：当天的数据次日早上六点后才有',
          en: '--to is yesterday at the latest: the data of a day are there the next morning',
        }
      : from < today - oldestDays * dayMs
        ? { zh: `--from 最早是 ${oldestDays} 天前`, en: `--from is ${oldestDays} days ago at the earliest` }
        : from > to
          ? { zh: '--from 不能晚于 --to', en: '--from must not be after --to' }
          : undefined
  if (fault !== undefined) throw usageError(say(fault))
  return { from, to }
}

/** As many periods as the platform wants calls. */
export function splitPeriod({ from, to }: Period): Period[] {
  const pieces: Period[] = []
  for (let start = from; start <= to; start += perCall * dayMs) {
    pieces.push({ from: start, to: Math.min(to, start + (perCall - 1) * dayMs) })
  }
  return pieces
}

/** `2026-11-20`, of the beginning of a day in China. */
export function formatDay(day: number): string {
  return new Date(day + chinaMs).toISOString().slice(0, 10)
}

function parseDay(name: string, value: string | boolean | undefined, say: Call['say']): number | undefined {
  if (value === undefined) return undefined
  const day = /^\d{4}-\d\d-\d\d$/.test(String(value)) ? Date.parse(`${value}T00:00:00+08:00`) : Number.NaN
  // 30 February is no day, though Date.parse may take it for one in March.
  if (Number.isNaN(day) || formatDay(day) !== value) {
    throw usageError(say({ zh: `--${name} 要是日期，如 2026-11-20`, en: `--${name} takes a date, as 2026-11-20` }))
  }
  return day
}
