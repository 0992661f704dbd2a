import { describe, expect, it } from 'vitest'
import { EVERYDAY_WORDS } from '../../../../bridge/knowledge/everyday-words.ts'
import { findSenses, strongestSenses } from '../../../../bridge/knowledge/find-senses.ts'

const names = (text: string) =>
  [...strongestSenses(findSenses(text)).keys()].map((sense) => EVERYDAY_WORDS[sense]?.split(' ')[0])

describe('findSenses', () => {
  it.each([
    ['everyday words for the formal one', '买错了想退掉', '退货'],
    ['words with something between', '钱怎么还没退到账上', '退款到账'],
    ['words with particles between', '我的券用不了了', '优惠券'],
  ])('knows %s', (_what, text, sense) => {
    expect(names(text)).toContain(sense)
  })

  it.each([
    ['怎么退货', '支付方式', '怎么给'],
    ['有没有顺丰', '少发', '没有给'],
    ['三个人怎么住', '人工客服', '人呢'],
    ['信息在哪看', '隐私', '我的信息'],
    ['新的一双', '回收', '旧了'],
  ])('does not take %s for %s, which without its particles would be in it: %s', (text, sense) => {
    expect(names(text)).not.toContain(sense)
  })

  it.each([
    ['怎么给你们', '支付方式'],
    ['没有给我', '少发'],
    ['脸红了', '过敏'],
    ['我的信息安全吗', '隐私'],
    ['杯子坏了', '破损'],
  ])('takes it where it stands as written: %s', (text, sense) => {
    expect(names(text)).toContain(sense)
  })

  it('looks for both halves of an expression in one clause only', () => {
    expect(names('退，那个人说钱')).not.toContain('退款')
  })

  it('does not take a part of a longer word for a word', () => {
    expect(findSenses('邮').map(({ places }) => places.length)).toContain(1)
    expect(findSenses('邮寄').map(({ places }) => places.length)).not.toContain(1)
  })

  it('says where it found what', () => {
    expect(findSenses('请问 退货').map(({ places }) => places)).toContainEqual([3, 4])
  })

  it('finds nothing in what is no business of a shop', () => {
    expect(names('静夜思')).toEqual([])
  })
})
