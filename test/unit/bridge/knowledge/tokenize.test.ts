import { describe, expect, it } from 'vitest'
import { toTermList } from '../../../../bridge/knowledge/index/term-list.ts'
import { toTerms } from '../../../../bridge/knowledge/tokenize.ts'

const shared = (one: string, other: string) => {
  const terms = new Set(toTerms(one))
  return toTerms(other).filter((term) => terms.has(term)).length
}

describe('toTerms', () => {
  it.each([
    ['full width and half width', 'ＶＩＰ１２３', 'vip123'],
    ['upper and lower case', 'iPhone', 'IPHONE'],
    ['look-alikes of characters', '⼿册', '手册'],
  ])('takes %s for the same', (_what, one, other) => {
    expect(toTerms(one)).toEqual(toTerms(other))
  })

  it('finds two characters within a longer word, and nothing in other ones', () => {
    expect(shared('退货', '怎么申请退货退款')).toBeGreaterThanOrEqual(3)
    expect(shared('退货', '几点开门')).toBe(0)
  })

  it('joins no characters across a mark', () => {
    expect(toTerms('退，货')).toHaveLength(toTerms('退').length + toTerms('货').length)
  })

  it('finds nothing in marks alone', () => {
    expect(toTerms('？！… 。')).toEqual([])
  })
})

describe('toTermList', () => {
  it('counts each term once, in ascending order, and no further than it can', () => {
    const { hashes, counts } = toTermList([5, -2, 5, ...Array.from({ length: 300 }, () => 9)])
    expect([...hashes]).toEqual([-2, 5, 9])
    expect([...counts]).toEqual([1, 2, 255])
  })
})
