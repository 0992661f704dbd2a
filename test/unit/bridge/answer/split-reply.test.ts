import { describe, expect, it } from 'vitest'
import { splitReply } from '../../../../bridge/answer/split-reply.ts'
import { addresses, createRandom, emoji, pauses, prose, randomText } from './random-text.ts'

const wechat = { maxBytes: 2048, maxParts: 3 }
const bytes = (text: string) => Buffer.byteLength(text)
const dense = (text: string) => text.replace(/\s+/g, '')
const sentence = (no: number) => `这是第${no}句话，说的是退货的第${no}个步骤。`

describe('splitReply', () => {
  it.each([
    ['nothing', '', []],
    ['blank', ' \n\t ', []],
    ['short', ' 您好\n\n再见 ', ['您好\n\n再见']],
    ['exactly 2048 bytes', `${'汉'.repeat(682)}ab`, [`${'汉'.repeat(682)}ab`]],
  ])('leaves in one piece: %s', (_name, text, parts) => {
    expect(splitReply(text, wechat)).toEqual(parts)
  })

  it('cuts at a blank line rather than later at a sentence', () => {
    const first = Array.from({ length: 25 }, (_, no) => sentence(no)).join('')
    const second = Array.from({ length: 35 }, (_, no) => sentence(no)).join('')
    expect(splitReply(`${first}\n\n${second}`, wechat)).toEqual([first, second])
  })

  it.each([
    ['a line', '\n'],
    ['a full stop', '。'],
    ['a question mark', '？'],
    ['a semicolon', '；'],
    ['a comma', '，'],
    ['a space', ' '],
  ])('cuts at %s when there is nothing better', (_name, mark) => {
    const block = '字'.repeat(99) + mark
    const parts = splitReply(block.repeat(10), wechat)
    expect(parts.map((part) => part.length)).toEqual([mark.trim() === '' ? 599 : 600, mark.trim() === '' ? 399 : 400])
  })

  it('keeps a closing quote with its sentence', () => {
    const parts = splitReply(`“${'字'.repeat(600)}。”${'字'.repeat(300)}`, wechat)
    expect(parts[0]).toMatch(/。”$/)
  })

  it('packs many small paragraphs into few parts', () => {
    const text = Array.from({ length: 40 }, (_, no) => `${no}. ${'字'.repeat(30)}`).join('\n\n')
    expect(splitReply(text, wechat)).toHaveLength(2)
  })

  it('fills parts further before it leaves anything out', () => {
    // Cut at its blank lines this would need four parts; it fits into three.
    const text = ['字'.repeat(400), '句'.repeat(500), '词'.repeat(500), '文'.repeat(400)].join('\n\n')
    const parts = splitReply(text, wechat)
    expect(parts).toHaveLength(3)
    expect(dense(parts.join(''))).toBe(dense(text))
  })

  it('ends with …… when it does not fit, at a sentence', () => {
    const parts = splitReply(Array.from({ length: 300 }, (_, no) => sentence(no)).join(''), wechat)
    expect(parts).toHaveLength(3)
    expect(parts[2]).toMatch(/步骤。……$/)
    expect(bytes(parts[2] ?? '')).toBeLessThanOrEqual(2048)
  })

  it('never cuts a URL, a number with separators or an emoji of several code points', () => {
    const url = `https://a.com/${'path/'.repeat(60)}?q=1,2;3!4。`
    const text = `${'字'.repeat(600)}${url}${'字'.repeat(100)}`
    expect(splitReply(text, wechat).some((part) => part.includes(url.slice(0, -1)))).toBe(true)
    expect(splitReply(`${'字'.repeat(681)}👨‍👩‍👧‍👦完`, wechat)[1]).toBe('👨‍👩‍👧‍👦完')
    expect(splitReply(`${'字'.repeat(678)}，约1,000,000元`, wechat)[1]).toMatch(/^约1,000,000元$/)
  })

  it('cuts a URL that is larger than a part, for want of anything else', () => {
    const parts = splitReply(`https://a.com/${'x'.repeat(5000)}`, wechat)
    expect(parts.map(bytes)).toEqual([2048, 2048, 918])
  })

  it('holds for 2,000 random texts and limits', () => {
    const random = createRandom(20261122)
    for (let round = 0; round < 2000; round += 1) {
      const text = randomText(random, [prose, prose, pauses, emoji, addresses], Math.floor(random() * 200))
      const options = { maxBytes: 40 + Math.floor(random() * 500), maxParts: 1 + Math.floor(random() * 4) }
      const parts = splitReply(text, options)
      const context = JSON.stringify({ text, options, parts })
      expect(parts.length, context).toBeLessThanOrEqual(options.maxParts)
      for (const part of parts) {
        expect(part, context).toBe(part.trim())
        expect(part, context).not.toBe('')
        expect(bytes(part), context).toBeLessThanOrEqual(options.maxBytes)
        expect(part.isWellFormed(), context).toBe(true)
      }
      const joined = dense(parts.join(''))
      if (joined !== dense(text)) {
        expect(parts, context).toHaveLength(options.maxParts)
        expect(joined.endsWith('……'), context).toBe(true)
        expect(dense(text).startsWith(joined.slice(0, -2)), context).toBe(true)
      }
      // What stands at a seam is no piece of an emoji or of an address.
      for (const whole of [...emoji, ...addresses.slice(0, 1)]) {
        const count = (where: string) => where.split(whole).length - 1
        if (joined === dense(text)) {
          expect(
            parts.reduce((sum, part) => sum + count(part), 0),
            context,
          ).toBeGreaterThanOrEqual(count(text))
        }
      }
    }
  })

  it('takes milliseconds for a very long text', () => {
    const text = `${sentence(1)} https://a.com/b 👍🏽\n`.repeat(5000)
    const startedAt = performance.now()
    expect(splitReply(text, wechat)).toHaveLength(3)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})
