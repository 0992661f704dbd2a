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

  it('lets thirty-nine pass, which chance can bring, and ordinary answers', () => {
    expect(givesAway(letters(SYSTEM_PROMPT).slice(30, 69))).toBe(false)
    expect(givesAway('您好，七天内可以退货，请在订单页申请，运费由我们承担。如需人工客服请告诉我。')).toBe(false)
  })
})
