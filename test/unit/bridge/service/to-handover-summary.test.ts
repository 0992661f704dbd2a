import { describe, expect, it } from 'vitest'
import { describeMedia } from '../../../../bridge/parse/describe-media.ts'
import { quoteContent } from '../../../../bridge/parse/quote-content.ts'
import { fitBytes } from '../../../../bridge/service/fit-bytes.ts'
import { toHandoverSummary } from '../../../../bridge/service/to-handover-summary.ts'

const customer = (text: string) => ({ role: 'customer' as const, text })
const bot = (text: string) => ({ role: 'assistant' as const, text })

describe('toHandoverSummary', () => {
  it('says what is asked, what was answered and what is known', () => {
    const turns = [
      customer('最早的'),
      customer('保温杯漏水'),
      bot('请检查密封圈。'),
      customer('检查过了\n还是漏'),
      customer('转人工（客户点选了菜单项 menu_1）'),
    ]
    expect(toHandoverSummary({ turns, nickname: '小雨', scene: 'cup' })).toBe(
      '【会话摘要】\n客户：小雨（来自 cup）\n咨询：保温杯漏水\n咨询：检查过了 还是漏\n咨询：转人工\n已答复：请检查密封圈。',
    )
  })
  it.each([
    [
      'a picture',
      quoteContent({
        what: '图片',
        title: '',
        notes: ['以下是认出的文字，可能有错字'],
        text: '付款凭证\n¥99',
        maxChars: 100,
      }),
      '[图片]',
    ],
    [
      'a file',
      quoteContent({ what: '文件', title: '报价单.csv', notes: ['CSV 表格'], text: '保温杯 | 99', maxChars: 100 }),
      '[文件] 报价单.csv',
    ],
    [
      'a page that nobody could read to its end',
      `看看 https://a.example\n${quoteContent({ what: '网页', title: '新品', notes: [], text: '八折'.repeat(9), maxChars: 3 })}\n能便宜吗`,
      '看看 https://a.example [网页] 新品 能便宜吗',
    ],
    ['a voice that nobody could hear', describeMedia('voice').text, '[语音]'],
  ])('names %s, and does not repeat what it holds', (_what, text, named) => {
    expect(toHandoverSummary({ turns: [customer(text)], nickname: '', scene: '' })).toBe(`【会话摘要】\n咨询：${named}`)
  })

  it('fits one message however much was said', () => {
    const long = '很长的话'.repeat(500)
    const summary = toHandoverSummary({
      turns: [customer(long), customer(long), customer(long), bot(long)],
      nickname: '名'.repeat(20),
      scene: 's'.repeat(32),
    })
    expect(Buffer.byteLength(summary)).toBeLessThan(1900)
  })
  it('is nothing where nothing was asked', () => {
    expect(toHandoverSummary({ turns: [bot('您好')], nickname: '小雨', scene: '' })).toBe('')
  })
})

describe('fitBytes', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['客服客服', 12, '客服客服'],
    ['客服客服', 11, '客服…'],
    ['😀😀', 7, '😀…'],
  ])('%s in %i bytes', (text, max, fitting) => {
    expect(fitBytes(text, max)).toBe(fitting)
    expect(Buffer.byteLength(fitting)).toBeLessThanOrEqual(max)
  })
})
