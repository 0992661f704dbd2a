import { describe, expect, it } from 'vitest'
import { fitBytes } from '../../../../bridge/service/fit-bytes.ts'
import { summarise } from '../../../../bridge/service/summarise.ts'

const customer = (text: string) => ({ role: 'customer' as const, text })
const bot = (text: string) => ({ role: 'assistant' as const, text })

describe('summarise', () => {
  it('says what is asked, what was answered and what is known', () => {
    const turns = [
      customer('最早的'),
      customer('保温杯漏水'),
      bot('请检查密封圈。'),
      customer('检查过了\n还是漏'),
      customer('转人工（客户点选了菜单项 menu_1）'),
    ]
    expect(summarise({ turns, nickname: '小雨', scene: 'cup' })).toBe(
      '【会话摘要】\n客户：小雨（来自 cup）\n咨询：保温杯漏水\n咨询：检查过了 还是漏\n咨询：转人工\n已答复：请检查密封圈。',
    )
  })
  it('fits one message however much was said', () => {
    const long = '很长的话'.repeat(500)
    const summary = summarise({
      turns: [customer(long), customer(long), customer(long), bot(long)],
      nickname: '名'.repeat(20),
      scene: 's'.repeat(32),
    })
    expect(Buffer.byteLength(summary)).toBeLessThan(1900)
  })
  it('is nothing where nothing was asked', () => {
    expect(summarise({ turns: [bot('您好')], nickname: '小雨', scene: '' })).toBe('')
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
