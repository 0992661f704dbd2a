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
    ['ftp://a.com www.a.com mailto:a@b.c', []],
    ['http://', []],
    ['http://[', []],
  ])('finds in %j', (text, links) => {
    expect(findLinks(text)).toEqual(links)
  })

  it('takes no time for a long text of brackets', () => {
    const startedAt = performance.now()
    findLinks(`https://a.com/${')'.repeat(20_000)} ${'http://'.repeat(3_000)}`)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})
