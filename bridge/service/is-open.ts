/** Whether people of the company are there, by the hours of an account in its own time zone. */
import type { AccountSettings } from '../settings/account-settings.ts'
import { toLocalTime } from './local-time.ts'

type Hours = AccountSettings['hours']

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
