import { describe, expect, it } from 'vitest'
import type { FetchedMedia } from '../../../../../bridge/parse/media/fetch-media.ts'
import { createUnderstandMedia } from '../../../../../bridge/parse/media/understand-media.ts'

const signal = new AbortController().signal
const media = { path: '/p', hash: 'h', bytes: 9, mime: 'x/y' }

function start(fetched: FetchedMedia) {
  const asked: string[] = []
  const reader = (name: string) => async (_media: unknown, _signal: unknown, conv: string) => {
    asked.push(`${name} for ${conv}`)
    return { text: name, title: name }
  }
  const readers = { image: reader('image'), voice: reader('voice'), video: reader('video'), file: reader('file') }
  const understand = createUnderstandMedia({ fetch: async () => fetched, readers })
  const read = (kind: 'image' | 'voice' | 'video' | 'file') =>
    understand({ msgid: 'm1', mediaId: 'id', kind, conv: 'wk:a' }, signal)
  return { asked, read }
}

describe('createUnderstandMedia', () => {
  it('asks the reader of what it is, not of what it was sent as', async () => {
    const { asked, read } = start({ outcome: 'stored', media, head: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') })
    expect(await read('file')).toEqual({ text: 'image', title: 'image' })
    expect(asked).toEqual(['image for wk:a'])
  })

  it.each([
    ['expired', '[语音]（发来已超过三天，平台不再提供'],
    ['too-large', '[语音]（太大，没有读取'],
    ['refused', '[语音]（平台没有给出内容'],
    ['empty', '[语音]（里面是空的'],
  ] as const)('says that it is %s, and asks nobody', async (reason, words) => {
    const { asked, read } = start({ outcome: 'failed', reason })
    const { text, title } = await read('voice')
    expect(text).toContain(words)
    expect(title).toBe('[语音]')
    expect(asked).toEqual([])
  })
})
