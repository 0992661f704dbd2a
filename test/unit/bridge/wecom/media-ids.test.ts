import { describe, expect, it, vi } from 'vitest'
import { createMediaIds, type MediaIdStore } from '../../../../bridge/wecom/media-ids.ts'
import { createMemoryMediaIdStore } from '../../../../bridge/wecom/memory-stores.ts'
import { refused } from '../../../../bridge/wecom/wecom-error.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const never = new AbortController().signal
const dayMs = 24 * 3_600_000
const file = (text: string, name = 'a.txt') => ({ name, bytes: new TextEncoder().encode(text) })

function setUp(given?: MediaIdStore) {
  let time = Date.UTC(2026, 10, 22)
  const now = () => time
  const upload = vi.fn(async () => `media-${upload.mock.calls.length}`)
  const log = createRecordingLogger()
  const ids = createMediaIds({ store: given ?? createMemoryMediaIdStore(now), upload, corpId: 'ww1', now, log })
  return {
    ids,
    upload,
    log,
    pass: (ms: number) => {
      time += ms
    },
  }
}

describe('ids of uploads', () => {
  it('are those of the same content for less than three days', async () => {
    const { ids, upload, pass } = setUp()
    expect(await ids.get('file', file('one'), never)).toBe('media-1')
    pass(3 * dayMs - 2 * 3_600_000)
    expect(await ids.get('file', file('one'), never)).toBe('media-1')
    pass(3_600_000)
    expect(await ids.get('file', file('one'), never)).toBe('media-2')
    expect(upload).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['content', 'file', file('two')],
    ['name', 'file', file('one', 'b.txt')],
    ['type', 'image', file('one')],
  ] as const)('differ with the %s', async (_what, type, other) => {
    const { ids } = setUp()
    await ids.get('file', file('one'), never)
    expect(await ids.get(type, other, never)).toBe('media-2')
  })

  it('are had by one upload when many want the same at once', async () => {
    const { ids, upload } = setUp()
    const all = await Promise.all(Array.from({ length: 5 }, () => ids.get('file', file('one'), never)))
    expect(new Set(all)).toEqual(new Set(['media-1']))
    expect(upload).toHaveBeenCalledOnce()
  })

  it('that were given are used as they are', async () => {
    const { ids, upload } = setUp()
    expect(await ids.get('file', { mediaId: 'given' }, never)).toBe('given')
    expect(upload).not.toHaveBeenCalled()
  })

  it.each([40007, 40145])('are renewed once when a stored one is refused with %i', async (errcode) => {
    const { ids, upload } = setUp()
    await ids.get('file', file('one'), never)
    const used: [string, boolean][] = []
    const result = await ids.use(
      'file',
      file('one'),
      async (mediaId, isRenewed) => {
        used.push([mediaId, isRenewed])
        if (mediaId === 'media-1') throw refused('kf/send_msg', errcode)
        return 'sent'
      },
      never,
    )
    expect(result).toBe('sent')
    expect(used).toEqual([
      ['media-1', false],
      ['media-2', true],
    ])
    // The new one is kept.
    await ids.get('file', file('one'), never)
    expect(upload).toHaveBeenCalledTimes(2)
  })

  it('are not renewed twice, nor when they are fresh, nor when they were given, nor for another refusal', async () => {
    const { ids, upload } = setUp()
    const use = vi.fn(() => Promise.reject(refused('kf/send_msg', 40007)))
    await expect(ids.use('file', file('one'), use, never)).rejects.toMatchObject({ details: { errcode: 40007 } })
    expect([use.mock.calls.length, upload.mock.calls.length]).toEqual([1, 1])
    await expect(ids.use('file', file('one'), use, never)).rejects.toMatchObject({ details: { errcode: 40007 } })
    expect([use.mock.calls.length, upload.mock.calls.length]).toEqual([3, 2])
    await expect(ids.use('file', { mediaId: 'given' }, use, never)).rejects.toMatchObject({ code: 'wecom.refused' })
    expect([use.mock.calls.length, upload.mock.calls.length]).toEqual([4, 2])
    const other = vi.fn(() => Promise.reject(refused('kf/send_msg', 95001)))
    await expect(ids.use('file', file('one'), other, never)).rejects.toMatchObject({ details: { errcode: 95001 } })
    expect([other.mock.calls.length, upload.mock.calls.length]).toEqual([1, 2])
  })

  it('cost an upload and not the message when the database is away', async () => {
    const broken = () => Promise.reject(new Error('away'))
    const { ids, log } = setUp({ find: broken, save: broken, forget: broken })
    expect(await ids.get('file', file('one'), never)).toBe('media-1')
    expect(log.lines.map(({ name }) => name)).toContain('wecom.media-ids-unavailable')
  })
})
