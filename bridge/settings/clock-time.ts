/** How times, days and zones are written in settings. */
import { z } from 'zod'

/** `09:00`; `24:00` only as an end. */
export const clockTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time like 09:30 / 时间须写作 09:30')

/** `2026-10-01` */
export const calendarDay = z.iso.date('must be a day like 2026-10-01 / 日期须写作 2026-10-01')

export const timeZone = z
  .string()
  .refine(isTimeZone, 'must be a time zone like Asia/Shanghai / 时区须写作 Asia/Shanghai')

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
