import { describe, expect, it } from 'vitest'
import { checkLimits, type LimitFacts } from '../../../../bridge/service/check-limits.ts'
import { settingsWith } from './default-settings.ts'

const NOW = 1_800_000_000_000
const { limits } = settingsWith({
  'limits.perCustomerPerMinute': 3,
  'limits.perAccountPerMinute': 10,
  'limits.repeats': 3,
  'limits.maxChars': 10,
})
const said = (...texts: string[]) => texts.map((text, index) => ({ text, sentAt: NOW - 1000 + index }))
const longAgo = (...texts: string[]) => texts.map((text) => ({ text, sentAt: NOW - 300_000 }))
const facts = (over: Partial<LimitFacts>): LimitFacts => ({
  ...{ now: NOW, recent: said('hi'), unanswered: 1, longest: 2, accountAnswers: 0, hushedAt: 0 },
  ...over,
})

describe('checkLimits', () => {
  it.each([
    ['as many as are allowed', { recent: said('a', 'b', 'c') }],
    ['more, but over a longer time', { recent: [...longAgo('a', 'b', 'c'), ...said('d')] }],
    ['the same twice', { recent: said('在吗', '在吗') }],
    [
      'the same again beside something new',
      { recent: [...longAgo('在吗', '在吗'), ...said('在吗', '多少钱')], unanswered: 2 },
    ],
    [
      'what was written one by one, though it came at once after an outage',
      {
        recent: [1, 2, 3, 4, 5].map((no) => ({ text: `${no}`, sentAt: NOW - 7_200_000 + no * 40_000 })),
        unanswered: 5,
      },
    ],
    ['files, which have no words', { recent: [...longAgo('', '', ''), ...said('')] }],
    ['ten characters', { longest: 10 }],
    ['a busy account with a place left', { accountAnswers: 9 }],
  ])('lets through: %s', (_what, over) => expect(checkLimits(limits, facts(over))).toEqual({ kind: 'fine' }))

  it.each([
    ['too-fast', { recent: said('a', 'b', 'c', 'd') }, limits.textTooFast],
    ['repeated', { recent: [...longAgo('在吗', '在吗？'), ...said('在 吗!')] }, limits.textRepeated],
    ['too-busy', { accountAnswers: 10 }, limits.textBusy],
  ])('says once that it is %s, and then is quiet for a minute', (cause, over, text) => {
    expect(checkLimits(limits, facts(over))).toEqual({ kind: 'say', cause, text })
    expect(checkLimits(limits, facts({ ...over, hushedAt: NOW - 59_000 }))).toEqual({ kind: 'quiet', cause })
    expect(checkLimits(limits, facts({ ...over, hushedAt: NOW - 61_000 }))).toEqual({ kind: 'say', cause, text })
  })

  it('says each time that a text is too long', () => {
    const over = { longest: 11, hushedAt: NOW - 1 }
    expect(checkLimits(limits, facts(over))).toMatchObject({ kind: 'say', cause: 'too-long' })
  })

  it('has no limit where it is 0', () => {
    const none = settingsWith({ 'limits.perCustomerPerMinute': 0, 'limits.repeats': 0, 'limits.maxChars': 0 }).limits
    const recent = said(...Array.from({ length: 100 }, () => '在吗'.repeat(100)))
    expect(checkLimits(none, facts({ recent, unanswered: 100, longest: 200, accountAnswers: 1000 }))).toEqual({
      kind: 'fine',
    })
  })
})
