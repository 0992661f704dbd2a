import { describe, expect, it } from 'vitest'
import { cleanText } from '../../../shared/clean-text.ts'

describe('cleanText', () => {
  it.each([
    ['zero-width', 'a\u200b\u200c\u200d\u2060\ufeffb'],
    ['bidirectional', 'a\u202e\u2066\u2069\u200f\u061cb'],
    ['tags', `a${String.fromCodePoint(0xe0041, 0xe0042, 0xe007f)}b`],
    ['variation selectors beyond the emoji one', `a${String.fromCodePoint(0xe0100, 0xe01ef)}b`],
    ['controls', 'a\u0000\u0007\u001b\u007f\u0085b'],
    ['soft hyphens and fillers', 'a\u00ad\u3164\uffa0b'],
  ])('takes out %s characters', (_name, text) => {
    expect(cleanText(text)).toBe('ab')
  })

  it('leaves every visible character, tabs and lines', () => {
    const text = '您好\n\t“引号”、𠮷 é 😀 ❤️ ₂ ＡＢ'
    expect(cleanText(text)).toBe(text)
  })

  it('replaces half of a surrogate pair', () => {
    expect(cleanText('a\ud83d').isWellFormed()).toBe(true)
  })
})
