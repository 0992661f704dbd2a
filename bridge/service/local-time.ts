/** Day and time in an account's own time zone. */
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

/** `at` in unix ms. */
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
