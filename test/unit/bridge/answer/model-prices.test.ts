import { describe, expect, it } from 'vitest'
import { costMicros } from '../../../../bridge/answer/model-prices.ts'

const usage = (model: string) => ({ model, inputTokens: 1000, cachedInputTokens: 900, outputTokens: 100 })
const SUNDAY_NOON = Date.UTC(2026, 10, 22, 4)
const MONDAY_TEN = Date.UTC(2026, 10, 23, 2)
const MONDAY_THIRTEEN = Date.UTC(2026, 10, 23, 5)

describe('costMicros', () => {
  it.each([
    { model: 'deepseek-flash', at: SUNDAY_NOON, cost: 900 * 0.02 + 100 + 400 },
    { model: 'deepseek-flash', at: MONDAY_THIRTEEN, cost: 900 * 0.02 + 100 + 400 },
    { model: 'deepseek-flash', at: MONDAY_TEN, cost: 2 * (900 * 0.02 + 100 + 400) },
    { model: 'somebody-elses', at: MONDAY_TEN, cost: 0 },
    { model: 'own', at: MONDAY_TEN, cost: 900 * 1 + 100 * 2 + 100 * 3 },
  ])('of $model is $cost', ({ model, at, cost }) => {
    expect(costMicros(usage(model), { own: { cachedInput: 1, input: 2, output: 3 } }, at)).toBe(Math.round(cost))
  })

  it('is not less than nothing when a vendor counts more cached than there were', () => {
    const odd = { model: 'deepseek-flash', inputTokens: 10, cachedInputTokens: 50, outputTokens: 0 }
    expect(costMicros(odd, {}, SUNDAY_NOON)).toBe(0)
  })
})
