import { describe, expect, it } from 'vitest'
import { createHiddenThinkingFilter, stripHiddenThinking } from '../../../../bridge/answer/strip-hidden-thinking.ts'

const cases: [string, string][] = [
  ['您好', '您好'],
  ['<think>嗯</think>您好', '您好'],
  ['<think>\n第一\n</think>\n您好<THINKING >再想</thinking>！', '\n您好！'],
  ['您好<think>没完', '您好'],
  ['<think></think>', ''],
  ['1 < 2，<thin 不是标签', '1 < 2，<thin 不是标签'],
  ['结尾 <', '结尾 <'],
  ['<thinker>', '<thinker>'],
  ['<seed:think>嗯</seed:think>您好', '您好'],
  ['<thought>嗯</thought>您好', '您好'],
  ['<reasoning effort="high">嗯</reasoning>您好', '您好'],
  ['<think                    >嗯</think                    >您好', '您好'],
  ['◁think▷嗯◁/think▷您好', '您好'],
  ['[THINK]嗯[/THINK]您好[图片]', '您好[图片]'],
]

describe('stripHiddenThinking', () => {
  it.each(cases)('%j becomes %j', (text, seen) => {
    expect(stripHiddenThinking(text)).toBe(seen)
  })

  it('leaves what follows a block that began before the text', () => {
    expect(stripHiddenThinking('想了想</think>您好')).toBe('您好')
  })
})

describe('createHiddenThinkingFilter', () => {
  it.each(cases)('gives the same for %j in pieces of every size', (text, seen) => {
    for (let size = 1; size <= text.length; size += 1) {
      const filter = createHiddenThinkingFilter()
      let found = ''
      for (let at = 0; at < text.length; at += size) found += filter.push(text.slice(at, at + size))
      expect(found + filter.end(), String(size)).toBe(seen)
    }
  })

  it('holds nothing back that can be no tag', () => {
    const filter = createHiddenThinkingFilter()
    for (const text of ['您好，a<b 时', '见[图', '1 < 2 ']) expect(filter.push(text)).toBe(text)
  })
})
