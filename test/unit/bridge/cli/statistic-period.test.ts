import { describe, expect, it } from 'vitest'
import { formatDay, parsePeriod, splitPeriod } from '../../../../bridge/cli/statistic-period.ts'

const say = ({ zh }: { zh: string }) => zh
// Still the 22nd in London, the 23rd in China.
const now = Date.parse('2026-11-22T17:00:00Z')
const parse = (options: Record<string, string>) => parsePeriod({ options, say }, now)
const days = ({ from, to }: { from: number; to: number }) => `${formatDay(from)} ${formatDay(to)}`

describe('the period of statistics', () => {
  it.each([
    [{}, '2026-11-16 2026-11-22'],
    [{ to: '2026-11-10' }, '2026-11-04 2026-11-10'],
    [{ from: '2026-05-27' }, '2026-05-27 2026-11-22'],
    [{ from: '2026-11-22', to: '2026-11-22' }, '2026-11-22 2026-11-22'],
  ])('of %j is %s, in days of China', (options, expected) => {
    expect(days(parse(options as Record<string, string>))).toBe(expected)
  })

  it.each([
    [{ to: '2026-11-23' }, /昨天/],
    [{ from: '2026-05-26' }, /180/],
    [{ from: '2026-11-20', to: '2026-11-19' }, /不能晚于/],
    [{ from: '2026-2-3' }, /要是日期/],
    [{ from: '2026-02-29' }, /要是日期/],
  ])('is refused for %j', (options, message) => {
    expect(() => parse(options as Record<string, string>)).toThrow(message)
  })

  it('is asked for in pieces of 31 days that leave out none and repeat none', () => {
    const pieces = splitPeriod(parse({ from: '2026-09-01', to: '2026-11-02' }))
    expect(pieces.map(days)).toEqual(['2026-09-01 2026-10-01', '2026-10-02 2026-11-01', '2026-11-02 2026-11-02'])
  })
})
