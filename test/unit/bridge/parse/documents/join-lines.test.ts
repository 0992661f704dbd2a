import { describe, expect, it } from 'vitest'
import { joinLines, type PageLine } from '../../../../../bridge/parse/documents/join-lines.ts'

/** Lines below each other, each as wide as its letters unless told. */
function lines(...given: readonly (readonly [text: string, more?: Partial<PageLine>])[]): PageLine[] {
  return given.map(([text, more], index) => ({
    text,
    left: 50,
    right: 50 + text.length * 10,
    baseline: 700 - index * 16,
    size: 10,
    ...more,
  }))
}

describe('joinLines', () => {
  it.each([
    [
      'a word that is broken at the edge',
      lines(['客户可以在七个工作'], ['日内申请退货。']),
      '客户可以在七个工作日内申请退货。',
    ],
    [
      'a line that begins with a stop',
      lines(['客户可以在七天内退货'], ['，但要保留包装']),
      '客户可以在七天内退货，但要保留包装',
    ],
    [
      'a first line that is set in',
      lines(['可以退货的商品有很', { left: 70, right: 160 }], ['多种类型，详见后面']),
      '可以退货的商品有很多种类型，详见后面',
    ],
  ])('joins %s', (_what, given, expected) => {
    expect(joinLines(given)).toBe(expected)
  })

  it.each([
    ['a heading', lines(['退货政策'], ['客户可以在七个工作日内'], ['申请退货'])],
    ['letters of another size', lines(['这是一个标题文字很大', { size: 20 }], ['客户可以在七天内退货'])],
    ['another column', lines(['左边一栏的文字在这里'], ['右边一栏的文字', { left: 300, right: 400 }])],
    ['a gap', lines(['上一段的最后一行文字'], ['下一段的第一行文字啊', { baseline: 600 }])],
    ['other scripts', lines(['The customer may'], ['return the goods'])],
    ['the end of a sentence', lines(['可以在七天内退货。'], ['运费由买家承担。。'])],
  ])('keeps apart: %s', (_what, given) => {
    expect(joinLines(given).split('\n')[0]).toBe(given[0]?.text)
  })
})
