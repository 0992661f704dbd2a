import { describe, expect, it } from 'vitest'
import { ownWords } from '../../../../bridge/stages/own-words.ts'

const message = (type: string, body: unknown, over: { origin?: number; raw?: string } = {}) => ({
  ...{ msgid: 'm', seq: 1, origin: 3, type, text: 'read: https://page.example.com', state: 'parsed', sendTime: 1 },
  raw: JSON.stringify({ msgtype: type, [type]: body }),
  ...over,
})

describe('ownWords', () => {
  it.each<[string, ReturnType<typeof message>, string]>([
    ['a text as it was typed', message('text', { content: '看 https://a.example.com' }), '看 https://a.example.com'],
    [
      'the address of a card',
      message('link', { title: 'https://t.example.com', url: 'https://u.example.com' }),
      'https://u.example.com',
    ],
    ['nothing of a file', message('file', { media_id: 'm' }), ''],
    ['nothing of a forwarded chat', message('merged_msg', { title: 'https://x.example.com', item: [] }), ''],
    ['nothing of what others said', message('text', { content: 'x' }, { origin: 5 }), ''],
    ['nothing of what is gone', message('text', { content: 'x' }, { raw: '' }), ''],
    ['nothing of what is broken', message('text', { content: 'x' }, { raw: '{' }), ''],
    ['nothing of another shape', message('text', { content: ['x'] }), ''],
  ])('is %s', (_what, given, expected) => {
    expect(ownWords(given)).toBe(expected)
  })
})
