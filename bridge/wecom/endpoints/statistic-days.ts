/**
 * What both statistics have in common: whole days in the platform's time zone, at most 31 of them, from 180 days ago to yesterday
 * (which is complete about six in the morning). Numbers that the platform leaves out stay out.
 */
import { z } from 'zod'
import type { Limits } from '../limits.ts'

export interface StatisticRequest {
  openKfId: string
  /** Unix milliseconds; any time of the first day. */
  from: number
  /** Unix milliseconds; any time of the last day. */
  to: number
}

export interface StatisticDay<Name extends string> {
  /** Unix milliseconds; the beginning of the day. */
  day: number
  values: Partial<Record<Name, number>>
}

const dayMs = 24 * 3_600_000
const mostDays = 31

export function toStatisticBody(limits: Limits, { openKfId, from, to }: StatisticRequest) {
  limits.holds('end_time', to, to >= from, 'is not before start_time')
  limits.holds('end_time', to, to - from < mostDays * dayMs, `is less than ${mostDays} days after start_time`)
  return { open_kfid: openKfId, start_time: Math.floor(from / 1000), end_time: Math.floor(to / 1000) }
}

/** `names` maps our names to the platform's. */
export function statisticDays<Name extends string>(names: Readonly<Record<Name, string>>) {
  const pairs = Object.entries(names) as [Name, string][]
  return z
    .looseObject({
      statistic_list: z
        .array(z.looseObject({ stat_time: z.coerce.number(), statistic: z.record(z.string(), z.unknown()).nullish() }))
        .nullish(),
    })
    .transform(({ statistic_list }): StatisticDay<Name>[] =>
      (statistic_list ?? []).map(({ stat_time, statistic }) => ({
        day: stat_time * 1000,
        values: Object.fromEntries(
          pairs.flatMap(([name, wire]) => {
            const value = statistic?.[wire]
            return typeof value === 'number' ? [[name, value]] : []
          }),
        ) as Partial<Record<Name, number>>,
      })),
    )
}
