import { describe, expect, it } from 'vitest'
import { startOfLocalDay, toLocalTime } from '../../../../bridge/service/local-time.ts'

describe('the day of an account', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-22T15:59:59.999Z', '2026-11-22', '23:59', '2026-11-21T16:00:00.000Z'],
    ['Asia/Shanghai', '2026-11-22T16:00:00.000Z', '2026-11-23', '00:00', '2026-11-22T16:00:00.000Z'],
    ['America/New_York', '2026-11-22T04:30:10.500Z', '2026-11-21', '23:30', '2026-11-21T05:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-22T00:00:00.000Z', '2026-11-22', '05:45', '2026-11-21T18:15:00.000Z'],
  ])('in %s at %s', (timeZone, at, day, time, start) => {
    expect(toLocalTime(Date.parse(at), timeZone)).toMatchObject({ day, time })
    expect(new Date(startOfLocalDay(Date.parse(at), timeZone)).toISOString()).toBe(start)
  })
})
