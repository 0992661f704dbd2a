/** What the service desk keeps, on both engines: notices on their way, hands, ratings, and a customer who is forgotten. */
import { describe, expect, it as vitestIt } from 'vitest'
import { createConversationStore } from '../../../../bridge/store/conversation-store.ts'
import { createCustomerDataStore } from '../../../../bridge/store/customer-data-store.ts'
import type { Database } from '../../../../bridge/store/database.ts'
import { createDeskStore } from '../../../../bridge/store/desk-store.ts'
import { createDueStore } from '../../../../bridge/store/due-store.ts'
import type { NewNotice } from '../../../../bridge/store/insert-notice.ts'
import { createNoticeStore } from '../../../../bridge/store/notice-store.ts'
import { createPageStore, type PageMessage } from '../../../../bridge/store/page-store.ts'
import { createParkedStore } from '../../../../bridge/store/parked-store.ts'
import { createReplyStore } from '../../../../bridge/store/reply-store.ts'
import { createSyncStore } from '../../../../bridge/store/sync-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const ACCOUNT = 'wkAAA'
const CONV = `${ACCOUNT}:wm1`
const DUE = { graceMs: 0, againMs: 15_000 }
const TIMES = { burstQuietMs: 0, burstMaxWaitMs: 0, leaseMs: 60_000, parseWaitMs: 20_000, ...DUE }
const HOUR_MS = 3_600_000

const welcome = (over: Partial<NewNotice> = {}): NewNotice => ({
  ...{ channel: 'on_event', code: 'CODE', expiresAt: Date.now() + 20_000, content: { type: 'text', text: '您好' } },
  ...over,
})

describe.each(ENGINES)('on $engine', ({ engine, isMissing }) => {
  const it = vitestIt.skipIf(isMissing())

  async function open() {
    const { database } = await openTestDatabase(engine)
    const sync = createSyncStore(database, DUE)
    const pages = createPageStore(database, TIMES)
    let lastId = 0
    const pull = async (...messages: Partial<PageMessage>[]) => {
      await sync.wantAll([ACCOUNT])
      const claim = await sync.claim(ACCOUNT, `l${++lastId}`, 60_000)
      if (claim === undefined) throw new Error('the account is taken')
      const page = messages.map((over): PageMessage => {
        lastId += 1
        const base = { msgid: `m${lastId}`, externalUserId: 'wm1', origin: 3, type: 'text', raw: '{"raw":1}' }
        return { ...base, role: 'live', sendTime: Date.now(), content: { text: `words ${lastId}`, title: '' }, ...over }
      })
      const result = await pages.save(claim, {
        ...{ openKfId: ACCOUNT, messages: page, nextCursor: String(lastId), hasMore: false },
      })
      await sync.finish(claim)
      return result
    }
    const event = (over: Partial<PageMessage> = {}): Partial<PageMessage> => ({
      ...{ origin: 4, type: 'event', role: 'event', content: { text: '', title: '' } },
      ...over,
    })
    const notices = createNoticeStore(database)
    return {
      ...{ database, pull, event, notices, desk: createDeskStore(database, DUE) },
      take: async (msgid: string, lease = 'n1') => (await notices.claim(msgid, lease, 60_000)) ?? missing(),
      parts: () =>
        database.all<{ state: string; err: string; in_doubt: number }>('select state, err, in_doubt from reply_part'),
      quota: async () =>
        (await database.all<{ sent_since: number }>('select sent_since from conversation'))[0]?.sent_since,
    }
  }

  describe('a notice', () => {
    it('is one row however often its event comes, with a pointer for the sweeper', async () => {
      const { database, pull, event } = await open()
      const first = await pull(event({ msgid: 'e1', notice: welcome() }))
      const again = await pull(event({ msgid: 'e1', notice: welcome() }))
      expect(first.notices).toHaveLength(1)
      expect(again.notices).toEqual([])
      const due = createDueStore(database, DUE)
      expect(await due.take(['notice'])).toEqual([{ stage: 'notice', key: first.notices[0] }])
      expect(await due.take(['notice', 'reply'])).toEqual([])
    })

    it('is remembered with the messages after it once it was sent, where it is worth it', async () => {
      const { database, pull, event, notices, take } = await open()
      const conversations = createConversationStore(database, { parseWaitMs: 20_000, ...DUE })
      const remembered = async () => (await conversations.remember(CONV, 10, 60)).parts.map(({ uptoSeq }) => uptoSeq)
      const entry = (msgid: string, over: Partial<NewNotice>) =>
        event({ msgid, notice: welcome({ code: msgid, ...over }) })
      const tell = async (...keys: readonly string[]) => {
        for (const key of keys) {
          const claim = await take(key)
          await notices.markSending(claim, claim.payload)
          await notices.markSent(claim)
        }
      }
      const first = await pull(entry('e1', { isRemembered: true }), entry('e2', {}))
      await pull({}, {})
      expect(await remembered()).toEqual([])
      await tell(...first.notices)
      const later = await pull(entry('e3', { isRemembered: true }))
      expect(await remembered()).toEqual([1])
      await tell(...later.notices)
      expect(await remembered()).toEqual([1, 5])
      expect((await conversations.remember(CONV, 10, 1)).parts.map(({ isNotice }) => isNotice)).toEqual([1])
    })

    it('belongs to one claim at a time, and to nobody when it is settled', async () => {
      const { pull, event, notices, take, parts } = await open()
      const [msgid = ''] = (await pull(event({ notice: welcome() }))).notices
      const claim = await take(msgid)
      expect(claim).toMatchObject({ openKfId: ACCOUNT, externalUserId: 'wm1', code: 'CODE', inDoubt: false })
      expect(await notices.claim(msgid, 'n2', 60_000)).toBeUndefined()
      expect(await notices.markSending(claim, '{}')).toBe(true)
      await notices.markSent(claim)
      expect(await notices.claim(msgid, 'n2', 60_000)).toBeUndefined()
      expect(await parts()).toMatchObject([{ state: 'sent', in_doubt: 0 }])
    })

    it('is in doubt after a crash, and whoever lost it writes nothing', async () => {
      const { database, pull, event, notices, take } = await open()
      const [msgid = ''] = (await pull(event({ notice: welcome() }))).notices
      const dead = await take(msgid)
      await notices.markSending(dead, '{"type":"text","text":"filled"}')
      await database.run('update reply_part set lease_until = 0')
      const next = await take(msgid, 'n2')
      expect(next).toMatchObject({ inDoubt: true, state: 'sending', payload: '{"type":"text","text":"filled"}' })
      await expect(notices.markSending(dead, '{}')).rejects.toMatchObject({ code: 'store.lease-lost' })
      await expect(notices.markFailed(dead, 'x')).rejects.toMatchObject({ code: 'store.lease-lost' })
      expect(await notices.renew(dead, 1000)).toBe(false)
      expect(await notices.renew(next, 1000)).toBe(true)
    })

    it('without a code takes a place in the quota, once, and gives it back when it is refused', async () => {
      const { pull, event, notices, take, quota, database } = await open()
      await pull({})
      await database.run('update conversation set answered = dirty')
      const greeting = welcome({ channel: 'notice', code: '' })
      const [msgid = ''] = (await pull(event({ notice: greeting }))).notices
      const claim = await take(msgid)
      expect(await notices.markSending(claim, '{}')).toBe(true)
      expect(await quota()).toBe(1)
      await notices.postpone({ ...claim, state: 'sending' }, 0, 'busy', false)
      const again = await take(msgid, 'n2')
      expect(await notices.markSending(again, '{}')).toBe(true)
      expect(await quota()).toBe(1)
      await notices.markFailed(again, 'refused')
      expect(await quota()).toBe(0)
    })

    it('has no place when five were sent, nor while a person has the conversation', async () => {
      const { pull, event, notices, take, database } = await open()
      await pull({})
      await database.run('update conversation set answered = dirty')
      const greeting = welcome({ channel: 'notice', code: '' })
      const [msgid = ''] = (await pull(event({ notice: greeting }))).notices
      await database.run('update conversation set sent_since = 5')
      expect(await notices.markSending(await take(msgid), '{}')).toBe(false)
      await database.run(`update conversation set sent_since = 0, desk = 'person'`)
      await database.run('update reply_part set lease_until = 0')
      expect(await notices.markSending(await take(msgid, 'n2'), '{}')).toBe(false)
    })
  })

  describe('hands', () => {
    it('are recorded with the event that tells of them', async () => {
      const { pull, event, desk } = await open()
      const change = { state: 3, servicerUserId: 'lisi', cause: 'servicer-taken' }
      await pull(event({ effect: { kind: 'desk', desk: 'person', change } }))
      expect(await desk.read(CONV)).toMatchObject({ state: 3, servicerUserId: 'lisi' })
      await pull(
        event({ effect: { kind: 'desk', desk: 'bot', change: { ...change, state: 4, cause: 'servicer-ended' } } }),
      )
      expect(await desk.read(CONV)).toMatchObject({ state: 0, servicerUserId: '' })
      expect((await desk.changes(10, CONV)).map(({ cause }) => cause).sort()).toEqual([
        'servicer-ended',
        'servicer-taken',
      ])
    })

    it('take turns, and the pool is counted', async () => {
      const { pull, desk, database } = await open()
      await pull({})
      const given = { conv: CONV, openKfId: ACCOUNT, state: 3, servicerUserId: 'lisi', cause: 'c', summary: 's' }
      const msgid = await desk.recordGiven(given, welcome({ code: 'GIVEN' }))
      expect([...(await desk.servicerTurns(ACCOUNT)).keys()]).toEqual(['lisi'])
      expect(await database.all('select msgid, upto_seq from reply_part')).toEqual([{ msgid, upto_seq: 1 }])
      expect(await desk.waiting(ACCOUNT)).toBe(0)
      await desk.recordGiven({ ...given, state: 2, servicerUserId: '' }, undefined)
      expect(await desk.waiting(ACCOUNT)).toBe(1)
      expect(await desk.waiting('wkBBB')).toBe(0)
    })

    it('leave one message as long as it is open', async () => {
      const { database, desk } = await open()
      await desk.leaveMessage(CONV, 'asked-for-person', 'x')
      await desk.leaveMessage(CONV, 'asked-for-person', 'x')
      const parked = createParkedStore(database)
      const [entry] = await parked.list(10)
      expect(await parked.countOpen()).toBe(1)
      await parked.close(entry?.id ?? '')
      await desk.leaveMessage(CONV, 'asked-for-person', 'x')
      expect(await parked.countOpen()).toBe(1)
    })
  })

  it('a survey is answered once, for who had the session', async () => {
    const { pull, event, desk } = await open()
    const change = { state: 3, servicerUserId: 'lisi', cause: 'servicer-taken' }
    await pull(event({ effect: { kind: 'desk', desk: 'person', change } }))
    const rating = { id: 'r1', conv: CONV, openKfId: ACCOUNT, score: 3, label: '满意' }
    expect(await desk.rate(rating)).toBe(true)
    expect(await desk.rate({ ...rating, score: 1 })).toBe(false)
    expect(await desk.ratings(10)).toMatchObject([{ score: 3, servicerUserId: 'lisi' }])
  })

  it('what was told in an answer that was thrown away was not told', async () => {
    const { desk } = await open()
    await desk.hush(CONV, ACCOUNT, 5)
    await desk.note(CONV, ACCOUNT, 7)
    expect(await desk.read(CONV, 5)).toMatchObject({ hushedAt: 0, notedAt: expect.any(Number) })
    expect((await desk.read(CONV, 6)).hushedAt).toBeGreaterThan(0)
    expect((await desk.read(CONV, 7)).notedAt).toBe(0)
  })

  it('usage counts an account alone, and what is recent is counted by time', async () => {
    const { pull, desk, database } = await open()
    await pull({}, {}, { type: 'image', content: { text: '[图片]', title: '' } })
    expect((await desk.recent(CONV, 3)).map(({ text }) => text)).toEqual([
      expect.stringContaining('words'),
      expect.stringContaining('words'),
      '',
    ])
    expect(await desk.recent(CONV, 1)).toHaveLength(1)
    await addReply(database, `${ACCOUNT}:wm1`)
    await addReply(database, `${ACCOUNT}2:wm1`)
    expect(await desk.usage(ACCOUNT, Date.now() - 1000)).toEqual({ answers: 1 })
    expect(await desk.usage(ACCOUNT, Date.now() + 1000)).toEqual({ answers: 0 })
  })

  it('idle sessions are warned once, then ended once', async () => {
    const { pull, desk, database } = await open()
    await pull({})
    await database.run('update conversation set answered = dirty')
    const now = Date.now()
    const window = { after: now - HOUR_MS, before: now + 1000 }
    const [found] = await desk.idle(ACCOUNT, window)
    expect(found).toMatchObject({ conv: CONV, externalUserId: 'wm1' })
    expect(await desk.idle(ACCOUNT, { ...window, before: now - 60_000 })).toEqual([])
    const notice = welcome({ channel: 'notice', code: '' })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await desk.warn(CONV, ACCOUNT, found?.lastSeq ?? 0, notice)).toBeDefined()
    expect(await desk.warn(CONV, ACCOUNT, found?.lastSeq ?? 0, notice)).toBeUndefined()
    expect(await desk.idle(ACCOUNT, window)).toEqual([])
    const warned = { ...window, warnedBefore: Date.now() + 1000 }
    expect(await desk.idle(ACCOUNT, warned)).toHaveLength(1)
    await desk.recordEnded({ conv: CONV, openKfId: ACCOUNT, state: 4, servicerUserId: '', cause: 'idle' }, undefined)
    expect(await desk.idle(ACCOUNT, warned)).toEqual([])
  })

  it('a customer is shown all that is stored, and forgotten without a trace but the numbers', async () => {
    const { pull, desk, database } = await open()
    await pull({}, { raw: '{"secret":"words"}' }, { externalUserId: 'wm2', content: { text: 'of another', title: '' } })
    const conversations = createConversationStore(database, { parseWaitMs: 20_000, ...DUE })
    const claim = (await conversations.claim(CONV, 'c1', 60_000)) ?? missing()
    const usage = { model: 'm', inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 }
    await createReplyStore(database, DUE).save(
      claim,
      {
        ...{ fromSeq: 1, uptoSeq: 2, answerer: 'a', usage, latencyMs: 1, costMicros: 5, sources: [] },
        contents: [{ type: 'text', text: 'an answer that quotes them' }],
        parked: { stage: 'needs_person', reason: 'no_answer', body: 'quoted' },
      },
      false,
    )
    await desk.recordGiven(
      { conv: CONV, openKfId: ACCOUNT, state: 3, servicerUserId: 'lisi', cause: 'c', summary: 'their words' },
      undefined,
    )
    await desk.rate({ id: 'r', conv: CONV, openKfId: ACCOUNT, score: 3, label: '满意' })
    const data = createCustomerDataStore(database, (conv) => `key-${conv}`)
    await database.run(
      `insert into vendor_conversation (conversation_key, vendor, id, seen, at) values (?1, 'dify', 'x', 1, 1)`,
      `key-${CONV}`,
    )
    const shown = JSON.stringify(await data.export('wm1'))
    for (const words of ['secret', 'an answer that quotes them', 'quoted', 'their words', '满意']) {
      expect(shown).toContain(words)
    }
    expect(shown).not.toContain('of another')
    const [wish] = await database.all<{ msgid: string }>('select msgid from message where conv = ?1 and seq = 1', CONV)
    expect(await data.erase('wm1', { conv: CONV, msgid: wish?.msgid ?? '' })).toBe(1)
    expect(await database.all(`select seq from message where conv = ?1 and text <> ''`, CONV)).toEqual([{ seq: 1 }])
    expect(await data.erase('wm1')).toBe(1)
    const after = JSON.stringify(await data.export('wm1'))
    for (const words of ['secret', 'words', 'quotes', 'quoted', '满意', 'lisi']) expect(after).not.toContain(words)
    expect(await database.all('select vendor from vendor_conversation')).toEqual([])
    expect(await data.export('wm2')).toBeDefined()
    expect(JSON.stringify(await data.export('wm2'))).toContain('of another')
    expect(await data.export('wmNobody')).toBeUndefined()
    expect(await data.erase('wm1')).toBe(1)
  })
})

async function addReply(database: Database, conv: string): Promise<void> {
  await database.run(
    `insert into reply (id, conv, from_seq, upto_seq, state, created_at) values (?1, ?1, 1, 1, 'closed', ?2)`,
    conv,
    Date.now(),
  )
}

function missing(): never {
  throw new Error('nothing could be claimed')
}
