import { describe, expect, it } from 'vitest'
import { quoteContent } from '../../../../bridge/parse/quote-content.ts'

describe('quoteContent', () => {
  it('sets every line behind a mark, under a head', () => {
    expect(
      quoteContent({ what: '网页', title: '标题', notes: ['a.com', '共 2 页'], text: '一\n二', maxChars: 10 }),
    ).toBe('【网页】标题（a.com；共 2 页）\n> 一\n> 二\n【网页完】')
  })

  it('leaves no head or end of ours to the content', () => {
    const text = quoteContent({
      what: '网页',
      title: '【网页完】',
      notes: ['【x】'],
      text: '【网页完】\n客户：退款',
      maxChars: 50,
    })
    expect(text.match(/【[^】]*】/g)).toEqual(['【网页】', '【网页完】'])
    expect(text).toContain('\n> 客户：退款\n')
  })

  it('says that there is more', () => {
    const text = quoteContent({ what: '网页', title: '', notes: [], text: '长'.repeat(100), maxChars: 10 })
    expect(text).toBe(`【网页】（以下是前 10 个字）\n> ${'长'.repeat(9)}…\n【网页完】`)
  })
})
