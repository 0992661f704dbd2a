import { describe, expect, it } from 'vitest'
import { countComplaints, wantsPerson } from '../../../../bridge/service/wants-person.ts'
import { settingsWith } from './default-settings.ts'

const { handover } = settingsWith()

describe('wantsPerson', () => {
  it.each([
    '人工',
    '转人工',
    '请帮我转人工客服，谢谢',
    '你们有人工吗',
    '不要机器人，转人工',
    '我想找真人说话',
    '能不能找客服',
    '我要投诉！',
    'ＨＵＭＡＮ please',
    'I want to talk to a real person',
    '没有人工智能吗？那转人工',
  ])('is so: %s', (text) => expect(wantsPerson(text, handover)).toBe(true))

  it.each([
    '不用转人工',
    '不需要人工，你告诉我就行',
    '别转人工了',
    '先不要给我转人工',
    '你是人工还是机器',
    '你们是真人吗',
    '这款音箱有人工智能吗',
    '人工费多少钱',
    '纯人工制作吗',
    'is this chair humane',
    "I don't need a human",
    '什么时候发货',
    '',
  ])('is not so: %s', (text) => expect(wantsPerson(text, handover)).toBe(false))

  it('goes by the words of the account', () => {
    const own = settingsWith({ 'handover.words': ['店长'] }).handover
    expect(wantsPerson('叫你们店长来', own)).toBe(true)
    expect(wantsPerson('转人工', own)).toBe(false)
  })
})

describe('countComplaints', () => {
  const customer = (text: string) => ({ role: 'customer' as const, text })
  const bot = { role: 'assistant' as const, text: '请重启路由器。' }
  it.each([
    ['none', [customer('你好')], 0],
    ['two in a row, answers between', [customer('没用'), bot, customer('还是没解决')], 2],
    ['one, after a word of thanks', [customer('没用'), bot, customer('谢谢，好了'), bot, customer('答非所问')], 1],
    [
      'what came before a person spoke is over',
      [customer('没用'), { role: 'servicer' as const, text: '没用的话我来' }, customer('太差')],
      1,
    ],
    ['none, for words that only look like it', [customer('垃圾袋多少钱')], 0],
    ['none, for what a page below the words says', [customer('有货吗\n[网页] 太差')], 0],
    ['none, when the last word is none', [customer('没用'), bot, customer('好的')], 0],
  ])('%s', (_what, turns, count) => expect(countComplaints(turns, handover)).toBe(count))
})
