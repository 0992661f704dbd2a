import { describe, expect, it } from 'vitest'
import { describeHours, isOpen } from '../../../../bridge/service/is-open.ts'
import { settingsWith } from './default-settings.ts'

const WEEK = [
  { days: [1, 2, 3, 4, 5], from: '09:00', to: '12:00' },
  { days: [1, 2, 3, 4, 5], from: '13:30', to: '18:00' },
  { days: [6], from: '10:00', to: '24:00' },
]
const HOLIDAYS = [{ from: '2026-10-01', to: '2026-10-07' }, { from: '2026-12-31' }]
const WORKDAYS = [
  { day: '2026-10-10', from: '08:00', to: '17:00' },
  { day: '2026-10-06', from: '10:00', to: '11:00' },
]
const { hours } = settingsWith({ 'hours.weekly': WEEK, 'hours.holidays': HOLIDAYS, 'hours.workdays': WORKDAYS })
const at = (local: string) => Date.parse(`${local}+08:00`)

describe('isOpen', () => {
  it.each([
    ['a Monday morning', '2026-11-23T09:00:00', true],
    ['a second before it begins', '2026-11-23T08:59:59', false],
    ['the lunch break', '2026-11-23T12:00:00', false],
    ['after it', '2026-11-23T13:30:00', true],
    ['the evening', '2026-11-23T18:00:00', false],
    ['the last minute of a Saturday', '2026-11-28T23:59:00', true],
    ['a Sunday', '2026-11-29T10:00:00', false],
    ['a holiday', '2026-10-02T10:00:00', false],
    ['a holiday of one day', '2026-12-31T10:00:00', false],
    ['the day after', '2027-01-01T10:00:00', true],
    ['a Saturday that is a working day, before the hours of Saturdays', '2026-10-10T08:30:00', true],
    ['the same in the evening, when Saturdays are open', '2026-10-10T20:00:00', false],
    ['a working day within a holiday', '2026-10-06T10:30:00', true],
  ])('%s', (_what, local, open) => {
    expect(isOpen(hours, at(local))).toBe(open)
  })

  it('goes by the time zone of the account, its summer time included', () => {
    const there = settingsWith({
      'hours.timeZone': 'America/New_York',
      'hours.weekly': [{ days: [1], from: '09:00', to: '10:00' }],
    }).hours
    expect(isOpen(there, Date.parse('2026-07-06T13:30:00Z'))).toBe(true)
    expect(isOpen(there, Date.parse('2026-12-07T13:30:00Z'))).toBe(false)
    expect(isOpen(there, Date.parse('2026-12-07T14:30:00Z'))).toBe(true)
  })

  it('is always so without any hours, but on holidays', () => {
    const always = settingsWith({ 'hours.holidays': HOLIDAYS }).hours
    expect(isOpen(always, at('2026-11-29T03:00:00'))).toBe(true)
    expect(isOpen(always, at('2026-10-01T10:00:00'))).toBe(false)
  })
})

describe('describeHours', () => {
  it('says them as customers would', () => {
    expect(describeHours(hours)).toBe('周一至周五 09:00-12:00，周一至周五 13:30-18:00，周六 10:00-24:00')
    const odd = [{ days: [7, 1, 2, 3, 4, 5, 6], from: '08:00', to: '20:00' }]
    expect(describeHours({ ...hours, weekly: odd })).toBe('每天 08:00-20:00')
    expect(describeHours({ ...hours, weekly: [{ days: [1, 3], from: '08:00', to: '20:00' }] })).toBe(
      '周一、周三 08:00-20:00',
    )
  })
})

describe('the settings of hours', () => {
  it.each([
    ['hours.weekly', [{ days: [1], from: '9:00', to: '12:00' }], '09:30'],
    ['hours.weekly', [{ days: [1], from: '12:00', to: '09:00' }], 'must end after it begins'],
    ['hours.weekly', [{ days: [0], from: '09:00', to: '12:00' }], 'days'],
    ['hours.holidays', [{ from: '2026-02-30' }], '2026-10-01'],
    ['hours.timeZone', 'Asia/Peking City', 'time zone'],
  ])('refuse what makes no sense: %s %j', (key, value, hint) => {
    expect(() => settingsWith({ [key]: value })).toThrow(hint)
  })
})
