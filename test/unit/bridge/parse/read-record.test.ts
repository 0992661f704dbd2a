import { describe, expect, it } from 'vitest'
import type { MediaReading } from '../../../../bridge/parse/media/media-reader.ts'
import { createReadMessage } from '../../../../bridge/parse/read-message.ts'
import type { RecordLimits } from '../../../../bridge/parse/read-record.ts'
import { AppError } from '../../../../shared/app-error.ts'

const signal = new AbortController().signal
const entry = (sender_name: string, content: object) => ({ sender_name, msg_content: JSON.stringify(content) })
const image = (media_id: string) => entry('甲', { msgtype: 'image', image: { media_id } })
const text = (content: string) => entry('乙', { msgtype: 'text', text: { content } })
const record = (...item: object[]) => ({ title: '记录', item })
const nested = (...item: object[]) => entry('丙', { msgtype: 'merged_msg', merged_msg: record(...item) })
const away = new AppError('wecom.unreachable', 'away', { retryable: true, details: { reason: 'network' } })

type Understand = (mediaId: string, signal: AbortSignal) => Promise<MediaReading>

function start(understand: Understand, limits: RecordLimits = {}) {
  const asked: string[] = []
  const opened: string[] = []
  const readMessage = createReadMessage(
    {
      understand: ({ mediaId }, until) => {
        asked.push(mediaId)
        return understand(mediaId, until)
      },
      readLinks: async (addresses) => {
        opened.push(...addresses)
        return addresses.map((address) => ({ address, title: '', text: `【网页】${address}\n> 内容\n【网页完】` }))
      },
    },
    limits,
  )
  const read = (body: object, receivedAt = Date.now()) =>
    readMessage(
      { msgid: 'm1', conv: 'wk:a', raw: JSON.stringify({ msgtype: 'merged_msg', merged_msg: body }), receivedAt },
      signal,
    )
  return { asked, opened, read }
}

const seen: Understand = async (mediaId) => ({
  text: `【图片】\n> ${mediaId}\n【图片完】`,
  title: '[图片]',
  images: [`hash-${mediaId}`],
})

describe('a forwarded record', () => {
  it('is read with what is in it, at every depth, each file once', async () => {
    const { read, asked, opened } = start(seen)
    const reading = await read(
      record(
        image('a'),
        text('看 https://x.test/1'),
        nested(image('b'), nested(image('a'), nested(image('too deep')))),
      ),
    )
    expect(asked.sort()).toEqual(['a', 'b'])
    expect(opened).toEqual(['https://x.test/1'])
    expect(reading.images).toEqual(['hash-a', 'hash-b'])
    expect(reading.text).toMatch(/^\[聊天记录\] 记录（共 3 条）\n甲：【图片】\n {2}> a\n/)
    expect(reading.text).toContain('乙：看 https://x.test/1\n  【网页】https://x.test/1\n  > 内容')
    expect(reading.text).toContain('嵌套过深')
    expect(reading.text).not.toContain('too deep')
  })

  it('loses one bad entry and no other', async () => {
    const { read } = start((mediaId, until) =>
      mediaId === 'bad' ? Promise.reject(new Error('a fault of ours')) : seen(mediaId, until),
    )
    const { text: words } = await read(record(image('a'), image('bad'), text('后面的话')))
    expect(words).toContain('> a')
    expect(words).toContain('甲：[图片]（暂时没有读到）')
    expect(words).toContain('乙：后面的话')
  })

  it('does not wait for one that takes too long', async () => {
    const never = new Promise<MediaReading>(() => undefined)
    const { read } = start((mediaId, until) => (mediaId === 'slow' ? never : seen(mediaId, until)), { itemMs: 30 })
    const { text: words } = await read(record(image('slow'), image('b')))
    expect(words).toContain('[图片]（没能在限定的时间内读完）')
    expect(words).toContain('> b')
  })

  it('takes a time that is set, however many are slow', async () => {
    const never = new Promise<MediaReading>(() => undefined)
    const { read, asked } = start(() => never, { itemMs: 60_000, totalMs: 50, maxAtOnce: 1 })
    const startedAt = performance.now()
    const { text: words } = await read(record(image('a'), image('b'), image('c')))
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(words.match(/没能在限定的时间内读完/g)).toHaveLength(3)
    expect(asked).toEqual(['a'])
  })

  it('says how many are left out', async () => {
    const { read, asked } = start(seen, { maxMedia: 2, maxLinks: 1 })
    const { text: words } = await read(
      record(image('a'), image('b'), image('c'), text('https://x.test/1 https://x.test/2')),
    )
    expect(asked).toEqual(['a', 'b'])
    expect(words).toContain('甲：[图片]（没有读取）')
    expect(words).toMatch(/（记录里共有 3 个图片、语音、视频或文件，只读取了前 2 个）$/)
  })

  it('is tried again while nothing of it can be had, and not for ever', async () => {
    const { read } = start(() => Promise.reject(away))
    await expect(read(record(image('a'), image('b')))).rejects.toBe(away)
    const late = await read(record(image('a'), text('后面的话')), Date.now() - 3_700_000)
    expect(late.text).toContain('[图片]（暂时没有读到）')
    expect(late.text).toContain('后面的话')
  })

  it('is not tried again for one file of many', async () => {
    const { read } = start((mediaId, until) => (mediaId === 'a' ? Promise.reject(away) : seen(mediaId, until)))
    expect((await read(record(image('a'), image('b')))).text).toContain('[图片]（暂时没有读到）')
  })

  it('is kept for people when something in it is', async () => {
    const { read } = start(async () => ({ text: '[语音]', title: '[语音]', isUnreadable: true }))
    expect(await read(record(image('a')))).toMatchObject({ isUnreadable: true })
    expect(await start(seen).read(record(image('a')))).not.toHaveProperty('isUnreadable')
  })

  it.each([
    [{}],
    [{ item: 'x' }],
    [record(...Array.from({ length: 300 }, () => ({ msg_content: '{' })))],
    [record({ msg_content: '{"msgtype":"image"}' })],
    [record({ msg_content: { msgtype: 'image', image: { media_id: 7 } } })],
  ])('of any shape becomes words: %#', async (body) => {
    expect((await start(seen).read(body)).text).toMatch(/^\[聊天记录\]/)
  })
})
