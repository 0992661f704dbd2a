/** Whether people of the company are there, by the hours of an account in its own time zone. */
import type { AccountSettings } from '../settings/account-settings.ts'

type Hours = AccountSettings['hours']

interface LocalTime {
  /** `2026-10-01` */
  day: string
  /** `09:30` */
  time: string
  /** 1 Monday … 7 Sunday */
  weekday: number
}

/** Making one costs more than all else here. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** `at` in unix ms. Without any hours they are always there. */
export function isOpen(hours: Hours, at: number): boolean {
  const { day, time, weekday } = toLocalTime(at, hours.timeZone)
  const isWithin = ({ from, to }: { from: string; to: string }) => from <= time && time < to
  // Days with hours of their own go before all else, also before a holiday.
  const own = hours.workdays.filter((it) => it.day === day)
  if (own.length > 0) return own.some(isWithin)
  if (hours.holidays.some(({ from, to = from }) => from <= day && day <= to)) return false
  return hours.weekly.length === 0 || hours.weekly.some((span) => span.days.includes(weekday) && isWithin(span))
}

export function toLocalTime(at: number, timeZone: string): LocalTime {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    })
    formats.set(timeZone, format)
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7
  return { day, time: `${parts.get('hour')}:${parts.get('minute')}`, weekday }
}

/** When the local day of that moment began, unix ms; an hour off on the days when clocks change. */
export function startOfLocalDay(at: number, timeZone: string): number {
  const [hour = 0, minute = 0] = toLocalTime(at, timeZone).time.split(':').map(Number)
  return at - ((hour * 60 + minute) * 60_000 + (at % 60_000))
}

const NAMES = ['', '周一', '周二', '周三', '周四', '周五', '周六', '周日']

/** For customers, e.g. `周一至周五 09:00-18:00，周六 10:00-12:00`. */
export function describeHours({ weekly }: Hours): string {
  return weekly.map(({ days, from, to }) => `${describeDays(days)} ${from}-${to}`).join('，')
}

function describeDays(given: readonly number[]): string {
  const days = [...new Set(given)].sort((one, other) => one - other)
  if (days.length === 7) return '每天'
  const isRun = days.length > 2 && days.every((day, index) => index === 0 || day === (days[index - 1] ?? 0) + 1)
  if (isRun) return `${NAMES[days[0] ?? 0]}至${NAMES[days.at(-1) ?? 0]}`
  return days.map((day) => NAMES[day]).join('、')
}
