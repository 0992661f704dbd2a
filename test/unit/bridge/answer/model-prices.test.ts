import { describe, expect, it } from 'vitest'
import { costMicros } from '../../../../bridge/answer/model-prices.ts'

const usage = (model: string) => ({ model, tokens: { input: 1000, cachedInput: 900, output: 100 } })
const SUNDAY_NOON = Date.UTC(2026, 10, 22, 4)
const MONDAY_TEN = Date.UTC(2026, 10, 23, 2)
const MONDAY_THIRTEEN = Date.UTC(2026, 10, 23, 5)

describe('costMicros', () => {
  it.each([
    { model: 'deepseek-flash', at: SUNDAY_NOON, cost: 900 * 0.02 + 100 + 400 },
    { model: 'deepseek-flash', at: MONDAY_THIRTEEN, cost: 900 * 0.02 + 100 + 400 },
    { model: 'deepseek-flash', at: MONDAY_TEN, cost: 2 * (900 * 0.02 + 100 + 400) },
    { model: 'own', at: MONDAY_TEN, cost: 900 * 1 + 100 * 2 + 100 * 3 },
  ])('of $model is $cost', ({ model, at, cost }) => {
    expect(costMicros(usage(model), { own: { cachedInput: 1, input: 2, output: 3 } }, at)).toBe(Math.round(cost))
  })

  it.each([
    ['a model that nobody has priced', usage('somebody-elses')],
    [
      'an amount that the vendor did not tell',
      { model: 'deepseek-flash', tokens: { input: 0, cachedInput: 0, output: 0 } },
    ],
    ['a call of which a part has no price', usage('half')],
    ['speech without a price by the hour', { model: 'deepseek-flash', seconds: 5 }],
  ])('of %s is unknown', (_what, call) => {
    expect(costMicros(call, { half: { input: 1 } }, SUNDAY_NOON)).toBeUndefined()
  })

  it('of speech goes by the hour, at peak hours too', () => {
    expect(costMicros({ model: 'deepseek-asr', seconds: 1800 }, {}, MONDAY_TEN)).toBe(390_000)
  })

  it('takes what came from the cache for input when it has no price of its own', () => {
    const tokens = { input: 10, cachedInput: 5, output: 0 }
    expect(costMicros({ model: 'bge', tokens }, { bge: { input: 2 } }, SUNDAY_NOON)).toBe(20)
  })

  it('is not less than nothing when a vendor counts more cached than there were', () => {
    const odd = { model: 'deepseek-flash', tokens: { input: 10, cachedInput: 50, output: 0 } }
    expect(costMicros(odd, {}, SUNDAY_NOON)).toBe(0)
  })
})
