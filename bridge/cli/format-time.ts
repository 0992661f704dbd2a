// Swedish dates are ISO dates.
const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' })

/** Unix ms in the zone of this machine, e.g. `2026-11-22 08:30:00`. */
export function formatTime(at: number): string {
  return format.format(at)
}
