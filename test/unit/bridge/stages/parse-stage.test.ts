import { describe, expect, it } from 'vitest'
import type { SyncedMessage } from '../../../../bridge/wecom/wecom-client.ts'
import { AppError } from '../../../../shared/app-error.ts'
import {
  CONV,
  createPipeline,
  customerText,
  type PipelineOptions,
  pagesOf,
  platformEvent,
} from '../../../support/pipeline.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const image = (over: Partial<SyncedMessage> = {}) =>
  customerText('', { type: 'image', raw: JSON.stringify({ msgtype: 'image', image: { media_id: 'id' } }), ...over })
const passing = (code: string, details: Record<string, string | number> = {}) =>
  new AppError(code, 'passes', { retryable: true, details })

async function start(messages: readonly SyncedMessage[], read: NonNullable<PipelineOptions['read']>) {
  const pipeline = await createPipeline({ sync: pagesOf(messages), read })
  await pipeline.pull()
  const rowOf = async (msgid: string) => {
    const [row] = await pipeline.database.all<{
      state: string
      text: string
      media: string
      attempts: number
      last_error: string
      due: number
    }>('select state, text, media, attempts, last_error, due from message where msgid = ?1', msgid)
    return row
  }
  return { ...pipeline, rowOf }
}

describe('createParseStage', () => {
  it('stores what a message says, and the pictures that show it', async () => {
    const message = image()
    const { handlers, rowOf, database } = await start([message], async () => ({
      text: '订单',
      title: '[图片]',
      images: ['h1', 'h2', 'h1'],
    }))
    await handlers.parse(message.msgid)
    expect(await rowOf(message.msgid)).toMatchObject({ state: 'parsed', text: '订单', media: '["h1","h2"]' })
    expect(await database.all('select msgid, source, hash from message_media order by hash')).toEqual(
      ['h1', 'h2'].map((hash) => ({ msgid: message.msgid, source: hash, hash })),
    )
  })

  it('reads a message once when its pointer comes twice', async () => {
    const message = image()
    let reads = 0
    const { handlers } = await start([message], async () => {
      reads += 1
      return { text: '订单', title: '' }
    })
    await Promise.all([handlers.parse(message.msgid), handlers.parse(message.msgid)])
    await handlers.parse(message.msgid)
    expect(reads).toBe(1)
  })

  it('keeps what can’t be read for people, and answers all the same', async () => {
    const message = image()
    const { handlers, parked, sweep, asked } = await start([message], async () => ({
      text: '[语音]（听不了）',
      title: '[语音]',
      isUnreadable: true,
    }))
    await handlers.parse(message.msgid)
    expect(await parked.list(9)).toMatchObject([
      { stage: 'needs_person', key: message.msgid, conv: CONV, reason: 'unreadable', body: message.raw },
    ])
    await sweep()
    expect(asked).toHaveLength(1)
  })

  it('keeps nothing of what was recalled meanwhile, nor for people', async () => {
    const message = image()
    const recall = platformEvent({ event_type: 'user_recall_msg', recall_msgid: message.msgid })
    const gate = Promise.withResolvers<void>()
    const pages = pagesOf([message], [recall])
    let pulls = 0
    const pipeline = await createPipeline({
      sync: async (request) => {
        pulls += 1
        return pages(pulls === 1 ? { ...request, cursor: '' } : { ...request, cursor: '1' })
      },
      read: async () => {
        await gate.promise
        return { text: '机密', title: '', images: ['h1'], isUnreadable: true }
      },
    })
    await pipeline.pull()
    const reading = pipeline.handlers.parse(message.msgid)
    await pipeline.pull('again')
    gate.resolve()
    await reading
    expect(
      await pipeline.database.all('select text, media, state from message where msgid = ?1', message.msgid),
    ).toEqual([{ text: '', media: '[]', state: 'recalled' }])
    expect(await pipeline.database.all('select 1 from message_media')).toEqual([])
    expect(await pipeline.parked.list(9)).toEqual([])
  })

  it.each([
    ['wecom.unreachable'],
    ['wecom.token'],
    ['media.disk'],
    ['parse.busy'],
    ['parse.no-reader'],
    ['wecom.refused'],
  ])('costs a message no attempt at %s', async (code) => {
    const message = image()
    let failures = 12
    const { handlers, rowOf, passTime } = await start([message], async () => {
      failures -= 1
      if (failures >= 0) throw passing(code)
      return { text: '订单', title: '' }
    })
    for (let round = 0; round < 12; round += 1) {
      await handlers.parse(message.msgid)
      expect(await rowOf(message.msgid)).toMatchObject({ state: 'new', attempts: 0, last_error: code })
      await passTime()
    }
    await handlers.parse(message.msgid)
    expect(await rowOf(message.msgid)).toMatchObject({ state: 'parsed', text: '订单' })
  })

  it('waits as long as it is told to', async () => {
    const message = image()
    const { handlers, rowOf, database } = await start([message], () =>
      Promise.reject(passing('wecom.refused', { errcode: 45009, retryAfterMs: 500_000 })),
    )
    await handlers.parse(message.msgid)
    expect((await rowOf(message.msgid))?.due).toBeGreaterThan(database.now() + 490_000)
  })

  it('gives up after the platform’s three days', async () => {
    const message = image()
    const { handlers, rowOf, passTime, database, parked } = await start([message], () =>
      Promise.reject(passing('wecom.unreachable')),
    )
    await database.run('update message set received_at = received_at - 300000000')
    for (let round = 0; round < 8; round += 1) {
      await handlers.parse(message.msgid)
      await passTime()
    }
    expect(await rowOf(message.msgid)).toMatchObject({ state: 'parked' })
    expect(await parked.list(9)).toMatchObject([{ stage: 'parse', reason: 'wecom.unreachable' }])
  })

  it('counts what is not known to pass', async () => {
    const message = image()
    const { handlers, rowOf } = await start([message], () => Promise.reject(passing('asr.unavailable')))
    await handlers.parse(message.msgid)
    expect(await rowOf(message.msgid)).toMatchObject({ attempts: 1 })
  })

  it('lets nobody fill all the places', async () => {
    const many = Array.from({ length: 10 }, () => image())
    const other = image({ externalUserId: 'wm2' })
    const gate = Promise.withResolvers<void>()
    const reading: string[] = []
    const { handlers, rowOf, passTime } = await start([...many, other], async ({ raw }) => {
      reading.push(raw)
      await gate.promise
      return { text: '好', title: '' }
    })
    const all = [...many, other].map(({ msgid }) => handlers.parse(msgid))
    await waitUntil(() => reading.length === 5, { what: 'four of one customer and one of the other are read' })
    await Promise.all(all.slice(4, 10))
    for (const { msgid } of many.slice(4)) {
      expect(await rowOf(msgid)).toMatchObject({ state: 'new', attempts: 0, last_error: 'parse.turn' })
    }
    gate.resolve()
    await Promise.all(all)
    await passTime()
    for (const { msgid } of many.slice(4)) await handlers.parse(msgid)
    for (const { msgid } of [...many, other]) expect(await rowOf(msgid)).toMatchObject({ state: 'parsed' })
  })
})
