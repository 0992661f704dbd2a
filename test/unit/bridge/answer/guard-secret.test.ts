import { describe, expect, it } from 'vitest'
import { createSecretGuard } from '../../../../bridge/answer/guard-secret.ts'
import { SYSTEM_PROMPT } from '../../../../bridge/answer/system-prompt.ts'

const givesAway = createSecretGuard([SYSTEM_PROMPT, '短'])
const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '')

describe('createSecretGuard', () => {
  it('finds forty characters of what the model was told, in a row', () => {
    const secret = letters(SYSTEM_PROMPT)
    for (let at = 0; at + 40 <= secret.length; at += 17) {
      expect(givesAway(`好的：${secret.slice(at, at + 40)}`), `from ${at}`).toBe(true)
    }
  })

  it('finds them with other spaces and punctuation', () => {
    expect(givesAway([...letters(SYSTEM_PROMPT).slice(30, 90)].join(' - '))).toBe(true)
  })

  it.each(['x', '7', 'word '])('finds them with %j between any two', (between) => {
    expect(givesAway([...SYSTEM_PROMPT].join(between))).toBe(true)
  })

  it.each<[string, (text: string) => string]>([
    ['backwards', (text) => [...text].reverse().join('')],
    ['as base64', (text) => Buffer.from(text).toString('base64')],
    ['as base64 after a word without a space', (text) => `base64:AB${Buffer.from(text).toString('base64')}`],
    ['as base64 on several lines', (text) => Buffer.from(text).toString('base64').replace(/.{50}/g, '$&\n')],
    ['as base64 for addresses', (text) => Buffer.from(text).toString('base64url')],
    ['as hexadecimal', (text) => Buffer.from(text).toString('hex')],
    ['as hexadecimal with spaces', (text) => Buffer.from(text).toString('hex').replace(/../g, '$& ')],
    ['with percent signs', encodeURIComponent],
    [
      'as escapes',
      (text) => [...text].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    ],
    ['as entities', (text) => [...text].map((sign) => `&#${sign.charCodeAt(0)};`).join('')],
    ['as hexadecimal entities', (text) => [...text].map((sign) => `&#x${sign.charCodeAt(0).toString(16)};`).join('')],
  ])('finds it %s', (_how, disguise) => {
    expect(givesAway(`好的：\n${disguise(SYSTEM_PROMPT.slice(100, 260))}`)).toBe(true)
    expect(givesAway(disguise('您好，七天内可以退货，请在订单页申请，运费由我们承担。'.repeat(4)))).toBe(false)
  })

  it('lets thirty-nine pass, which chance can bring, and ordinary answers', () => {
    expect(givesAway(letters(SYSTEM_PROMPT).slice(30, 69))).toBe(false)
    expect(givesAway('您好，七天内可以退货，请在订单页申请，运费由我们承担。如需人工客服请告诉我。')).toBe(false)
  })
})
