import { describe, expect, it } from 'vitest'
import { createReplyWriter, type ReplyWriterOptions } from '../../../../bridge/answer/write-reply.ts'

function createWriter(over: Partial<ReplyWriterOptions> = {}) {
  return createReplyWriter({
    maxParts: 3,
    mayGiveOut: () => true,
    screen: () => true,
    guardLinks: (text) => ({ text, omitted: 0 }),
    givesAway: () => false,
    ...over,
  })
}

/** Word by word, as a model writes: what goes out on the way, and what at the end. */
function write(text: string, over: Partial<ReplyWriterOptions> = {}) {
  const writer = createWriter(over)
  const early: string[] = []
  for (let at = 0; at < text.length; at += 3) early.push(...writer.push(text.slice(at, at + 3)))
  return { early, end: writer.end() }
}

const paragraph = (name: string, length: number) => `${name}${'字'.repeat(length - 2)}。`

describe('createReplyWriter', () => {
  it('gives out the first paragraph while the rest is being written', () => {
    const { early, end } = write(`${paragraph('一', 200)}\n\n${paragraph('二', 200)}`)
    expect(early).toEqual([paragraph('一', 200)])
    expect(end).toEqual({ verdict: 'answered', texts: [paragraph('二', 200)] })
  })

  it.each([
    { what: 'of 200 characters', text: `${paragraph('一', 100)}\n\n${paragraph('二', 100)}` },
    { what: 'without a place to cut', text: '字'.repeat(500) },
    { what: 'that is one table', text: '| 型号 | 价格 |\n|---|---|\n'.concat('| 甲 | 一百元。 |\n'.repeat(40)) },
    { what: 'that is code', text: '```\n'.concat('a = 1。\n'.repeat(60), '```') },
    { what: 'in one mark', text: `**${'很重要。'.repeat(90)}**` },
  ])('keeps an answer $what to its end', ({ text }) => {
    const { early, end } = write(text)
    expect(early).toEqual([])
    expect(end.verdict).toBe('answered')
  })

  it('keeps everything to the end as long as it may give out nothing', () => {
    const text = `${paragraph('一', 200)}\n\n${paragraph('二', 200)}`
    expect(write(text, { mayGiveOut: () => false })).toEqual({
      early: [],
      end: { verdict: 'answered', texts: [text] },
    })
  })

  it('never makes more messages than there are places, and leaves the last one for the end', () => {
    const text = Array.from({ length: 12 }, (_, no) => paragraph(String(no), 450)).join('\n\n')
    for (const maxParts of [1, 2, 3]) {
      const { early, end } = write(text, { maxParts })
      expect(early.length).toBeLessThan(maxParts)
      expect(early.length + (end.verdict === 'answered' ? end.texts.length : 0)).toBe(maxParts)
      for (const part of early) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(2048)
    }
  })

  it.each(['NO_ANSWER', ' no_answer\n', 'NO_ANSW', '资料里没有。NO_ANSWER', `${paragraph('一', 100)}NO-ANSWER`])(
    'says nothing of %s',
    (text) => {
      expect(write(text)).toEqual({ early: [], end: { verdict: 'no_answer', reason: 'no_answer' } })
    },
  )

  it.each([
    'NO\\_ANSWER',
    'NO&#95;ANSWER',
    'NO_<b></b>ANSWER',
    '<!-- -->NO<!-- -->_ANSWER',
    '**NO**_**ANSWER**',
    '抱歉。ＮＯ＿ＡＮＳＷＥＲ',
    'NO_\u200bANSWER',
    'NO ANSWER: the passages do not tell.',
    'NOANSWER',
    '没有。NO__ANSWER。',
  ])('knows it behind any markup: %s', (text) => {
    expect(write(text)).toEqual({ early: [], end: { verdict: 'no_answer', reason: 'no_answer' } })
    expect(write(`${paragraph('一', 200)}\n\n${paragraph('二', 200)}${text}`).end.verdict).toBe('no_answer')
  })

  it.each(['No.', 'There is no answer to that yet.', 'KIMONO ANSWERS'])('lets an honest no pass: %s', (text) => {
    expect(write(text).end).toEqual({ verdict: 'answered', texts: [text] })
  })

  it.each(['<b></b>', '<!--x-->', '![x](y)'])('sees what was told behind %s, also late in an answer', (between) => {
    const secret = 'abcdefghij'.repeat(4)
    const givesAway = (text: string) => text.includes(secret)
    const hidden = [...secret].join(between)
    expect(write(hidden, { givesAway }).end).toEqual({ verdict: 'no_answer', reason: 'secret' })
    const { early, end } = write(`${paragraph('一', 200)}\n\n${hidden}${paragraph('二', 200)}`, { givesAway })
    expect(early.join('')).not.toContain('abc')
    expect(end).toEqual({ verdict: 'no_answer', reason: 'secret' })
  })

  it('drops thinking whose beginning nobody saw, and cuts the rest where it is', () => {
    expect(write(`${paragraph('想', 100)}</think>您好`).end).toEqual({ verdict: 'answered', texts: ['您好'] })
    const { early, end } = write(`${paragraph('想', 200)}\n\n${paragraph('想', 200)}</think>您好，七天内可以退货。`)
    expect(early).toHaveLength(1)
    expect(end).toEqual({ verdict: 'answered', texts: ['您好，七天内可以退货。'] })
  })

  it('keeps NO_ANSWER back though an answer was begun before it', () => {
    const { early, end } = write(`${paragraph('一', 200)}\n\n${paragraph('二', 200)}NO_ANSWER`)
    expect(early.join('')).not.toMatch(/NO/)
    expect(end).toEqual({ verdict: 'no_answer', reason: 'no_answer' })
  })

  it('looks behind the cut before it gives out anything', () => {
    const secret = 'abcdefghij'.repeat(4)
    const text = `${paragraph('一', 180)}${secret.slice(0, 20)}\n\n${secret.slice(20)}${'字'.repeat(200)}`
    const { early, end } = write(text, { givesAway: (raw) => raw.replace(/\s/g, '').includes(secret) })
    expect(early).toEqual([])
    expect(end).toEqual({ verdict: 'no_answer', reason: 'secret' })
  })

  it('stops for good at a text that is not allowed', () => {
    const { early, end } = write(`${paragraph('一', 200)}\n\n禁词${paragraph('二', 200)}`, {
      screen: (text) => !text.includes('禁词'),
    })
    expect(early).toEqual([paragraph('一', 200)])
    expect(end).toEqual({ verdict: 'no_answer', reason: 'screened' })
  })

  it('calls an answer blank that WeChat can show nothing of', () => {
    expect(write('![](https://a.example/x.png)').end).toEqual({ verdict: 'blank' })
  })
})
