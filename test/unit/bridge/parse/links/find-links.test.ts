import { describe, expect, it } from 'vitest'
import { findLinks } from '../../../../../bridge/parse/links/find-links.ts'

describe('findLinks', () => {
  it.each([
    ['https://a.com/x?b=1&c=2#d', ['https://a.com/x?b=1&c=2#d']],
    ['看看https://a.com/b这个怎么退', ['https://a.com/b']],
    ['（https://a.com/b）。', ['https://a.com/b']],
    ['见 https://a.com/b, 谢谢', ['https://a.com/b']],
    ['https://a.com/b.', ['https://a.com/b']],
    ['(https://a.com/b)', ['https://a.com/b']],
    ['https://a.com/wiki_(x)', ['https://a.com/wiki_(x)']],
    ['HTTP://A.com/', ['HTTP://A.com/']],
    ['https://a.com/1\nhttps://a.com/2 https://a.com/1', ['https://a.com/1', 'https://a.com/2']],
    ['“https://a.com/b”', ['https://a.com/b']],
    ['<a href="https://a.com/b">', ['https://a.com/b']],
    ['看看https://例子.公司/a?b=1这个怎么退', ['https://例子.公司/a?b=1']],
    ['https://例子.中国', ['https://例子.中国']],
    ['https://例子.公司这款有货吗', ['https://例子.公司']],
    ['https://www.例子.com这款有货吗', ['https://www.例子.com']],
    ['https://商城.例子.cn:8080/x。', ['https://商城.例子.cn:8080/x']],
    ['https://bücher.de/x', ['https://bücher.de/x']],
    ['https://xn--fsqu00a.xn--55qx5d/x', ['https://xn--fsqu00a.xn--55qx5d/x']],
    ['https://www.a.com这款.很好', ['https://www.a.com']],
    ['https://a.com。请问', ['https://a.com']],
    [
      'https://1.2.3.4/x http://localhost:8/x https://a.co1/x',
      ['https://1.2.3.4/x', 'http://localhost:8/x', 'https://a.co1/x'],
    ],
    ['https://这个网站 https://例子.不是结尾', []],
    ['ftp://a.com www.a.com mailto:a@b.c', []],
    ['http://', []],
    ['http://[', []],
  ])('finds in %j', (text, links) => {
    expect(findLinks(text)).toEqual(links)
  })

  it('takes no time for a long text of brackets or of dots', () => {
    const startedAt = performance.now()
    findLinks(`https://a.com/${')'.repeat(20_000)} ${'http://'.repeat(3_000)} http://${'例.'.repeat(20_000)}`)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})
