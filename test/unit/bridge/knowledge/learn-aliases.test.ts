import { describe, expect, it } from 'vitest'
import { learnFromQuestions, learnFromText } from '../../../../bridge/knowledge/learn-aliases.ts'

describe('learnFromText', () => {
  it.each([
    ['in brackets', '全屋净水服务（简称净享家）覆盖三个城市。', ['全屋净水服务', '净享家']],
    ['after a comma', '云端储物柜，又称小云柜，可以存七天。', ['云端储物柜', '小云柜']],
    ['in quotes', '“超级会员日”（以下简称“会员日”）每月一次。', ['超级会员日', '会员日']],
  ])('learns another name %s', (_what, text, alias) => {
    expect(learnFromText(text)).toEqual([alias])
  })

  it('learns nothing from other texts', () => {
    expect(learnFromText('下单后 24 小时内发货，周末顺延。')).toEqual([])
  })
})

describe('learnFromQuestions', () => {
  it('learns what differs between two ways to ask the same', () => {
    expect(learnFromQuestions(['怎么领取净享卡？', '怎么领取会员卡片？'])).toEqual([['净享卡', '会员卡片']])
  })

  it('learns nothing from sentences that have little in common, or differ by a character', () => {
    expect(learnFromQuestions(['怎么退货？', '不想要了'])).toEqual([])
    expect(learnFromQuestions(['怎么退货', '怎么退款'])).toEqual([])
  })
})
