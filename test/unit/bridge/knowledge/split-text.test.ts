import { describe, expect, it } from 'vitest'
import { splitText } from '../../../../bridge/knowledge/split-text.ts'

describe('splitText', () => {
  it('keeps whole sentences together up to the limit', () => {
    const chunks = splitText('一二三四。五六七八。九十。', { maxChars: 10 })
    expect(chunks.map(({ text }) => text)).toEqual(['一二三四。五六七八。', '九十。'])
  })

  it('never joins what stands under different headings, and keeps their path', () => {
    const chunks = splitText('# 售后\n总则。\n## 退货\n七天。\n## 换货\n十五天。\n# 发票\n电子。')
    expect(chunks).toEqual([
      { heading: '售后', text: '总则。' },
      { heading: '售后 > 退货', text: '七天。' },
      { heading: '售后 > 换货', text: '十五天。' },
      { heading: '发票', text: '电子。' },
    ])
  })

  it('knows the headings of Chinese documents', () => {
    const chunks = splitText('第一章 总则\n一、适用范围\n适用于全部商品。\n二、期限\n三十天。')
    expect(chunks.map(({ heading }) => heading)).toEqual(['第一章 总则 > 一、适用范围', '第一章 总则 > 二、期限'])
  })

  it('repeats the head of a table in each piece', () => {
    const rows = Array.from({ length: 6 }, (_, row) => `型号${row} | 两年`)
    const chunks = splitText(['型号 | 保修', ...rows].join('\n'), { maxChars: 30 })
    expect(chunks.length).toBeGreaterThan(1)
    for (const { text } of chunks) expect(text.startsWith('型号 | 保修\n')).toBe(true)
    for (const row of rows) expect(chunks.filter(({ text }) => text.includes(row))).toHaveLength(1)
  })

  it.each([
    ['a sentence without end', '字'.repeat(1200)],
    ['emoji without end', '😀'.repeat(600)],
    ['commas without a stop', '一二三，'.repeat(300)],
  ])('cuts %s and loses nothing', (_what, text) => {
    const chunks = splitText(text, { maxChars: 101 })
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(text)
    for (const chunk of chunks) {
      expect(chunk.text.length).toBeLessThanOrEqual(101)
      expect(chunk.text.isWellFormed()).toBe(true)
    }
  })

  it('makes nothing of nothing', () => {
    expect(splitText(' \n\n ')).toEqual([])
  })
})
