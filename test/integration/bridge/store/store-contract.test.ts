import { describe, expect, it } from 'vitest'
import { createConversationStore } from '../../../../bridge/store/conversation-store.ts'
import type { Database } from '../../../../bridge/store/database.ts'
import { createDueStore } from '../../../../bridge/store/due-store.ts'
import { createInstanceStore } from '../../../../bridge/store/instance-store.ts'
import { createLeaseStore } from '../../../../bridge/store/lease-store.ts'
import { createMessageStore } from '../../../../bridge/store/message-store.ts'
import { createMetaStore } from '../../../../bridge/store/meta-store.ts'
import { createPageStore, type Page, type PageMessage } from '../../../../bridge/store/page-store.ts'
import { createParkedStore } from '../../../../bridge/store/parked-store.ts'
import type { Part } from '../../../../bridge/store/reply-part.ts'
import { createReplyStore, type NewReply } from '../../../../bridge/store/reply-store.ts'
import { createSyncStore } from '../../../../bridge/store/sync-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const DUE = { graceMs: 2000, againMs: 15_000 }
const TIMES = { burstQuietMs: 0, burstMaxWaitMs: 0, leaseMs: 60_000, parseWaitMs: 20_000, ...DUE }
const ACCOUNT = 'wkAAA'
const CONV = `${ACCOUNT}:wm1`

let lastId = 0

function message(over: Partial<PageMessage> = {}): PageMessage {
  lastId += 1
  return {
    msgid: `m${lastId}`,
    externalUserId: 'wm1',
    origin: 3,
    type: 'text',
    raw: '{}',
    sendTime: Date.now(),
    role: 'live',
    content: { text: `text ${lastId}`, title: 'title' },
    ...over,
  }
}

const textsOf = (...texts: string[]) => texts.map((text) => ({ type: 'text' as const, text }))
const wordsOf = ({ step }: Part) => (step.kind === 'content' && step.content.type === 'text' ? step.content.text : '')

function reply(over: Partial<NewReply> = {}): NewReply {
  return {
    fromSeq: 1,
    uptoSeq: 1,
    answerer: 'test',
    usage: { model: 'm', inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
    latencyMs: 1,
    contents: textsOf('one', 'two'),
    costMicros: 0,
    sources: [],
    ...over,
  }
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`the store on ${engine}`, () => {
    async function openStores() {
      const { database, again } = await openTestDatabase(engine)
      return { again, ...toStores(database) }
    }

    function toStores(database: Database) {
      const sync = createSyncStore(database, DUE)
      const pages = createPageStore(database, TIMES)
      const conversations = createConversationStore(database, { parseWaitMs: 20_000, ...DUE })
      /** Pulls a page as the fetch stage does. */
      const pull = async (messages: PageMessage[], over: Partial<Page> = {}) => {
        await sync.wantAll([ACCOUNT])
        const claim = await sync.claim(ACCOUNT, `l${Math.random()}`, 60_000)
        if (claim === undefined) throw new Error('the account is not due')
        const nextCursor = `${claim.cursor}x`
        const result = await pages.save(claim, { openKfId: ACCOUNT, messages, nextCursor, hasMore: false, ...over })
        await sync.finish(claim)
        return result
      }
      const claimConversation = async (lease = `r${Math.random()}`) => {
        const claim = await conversations.claim(CONV, lease, 60_000)
        if (claim === undefined) throw new Error('the conversation is not due')
        return claim
      }
      return {
        database,
        sync,
        pages,
        conversations,
        pull,
        claimConversation,
        messages: createMessageStore(database, TIMES),
        replies: createReplyStore(database, DUE),
        leases: createLeaseStore(database),
        due: createDueStore(database, DUE),
        parked: createParkedStore(database),
      }
    }

    it('keeps its identity when it is opened again, also by two at once', async () => {
      const { database, again } = await openStores()
      const id = await createMetaStore(database).databaseId()
      const others = await Promise.all([again(), again()])
      for (const other of others) expect(await createMetaStore(other).databaseId()).toBe(id)
    })

    it('refuses a schema from a newer version', async () => {
      const { database, again } = await openStores()
      await database.run('insert into migration (no, at) values (999, 0)')
      await expect(again()).rejects.toMatchObject({ code: 'database.too-new' })
    })

    it('rolls a transaction back whole when its work throws', async () => {
      const { database } = await openStores()
      const meta = createMetaStore(database)
      await expect(
        database.transaction(async (sql) => {
          await sql.run(`insert into meta (key, value) values ('a', '1')`)
          throw new Error('stop')
        }),
      ).rejects.toThrow('stop')
      expect(await meta.get('a')).toBeUndefined()
    })

    describe('nudges', () => {
      it('makes an account due once however often the same nudge is delivered', async () => {
        const { sync } = await openStores()
        const nudge = { openKfId: ACCOUNT, token: 't1', createTime: 100 }
        expect(await sync.acceptNudge(nudge)).toEqual([ACCOUNT])
        expect(await sync.acceptNudge(nudge)).toEqual([])
      })

      it('ignores an older nudge and takes a newer one, or another one of the same second', async () => {
        const { sync } = await openStores()
        await sync.acceptNudge({ openKfId: ACCOUNT, token: 't1', createTime: 100 })
        expect(await sync.acceptNudge({ openKfId: ACCOUNT, token: 't0', createTime: 99 })).toEqual([])
        expect(await sync.acceptNudge({ openKfId: ACCOUNT, token: 't2', createTime: 100 })).toEqual([ACCOUNT])
        expect(await sync.acceptNudge({ openKfId: ACCOUNT, token: 't3', createTime: 101 })).toEqual([ACCOUNT])
      })

      it('makes every known account due, and the list of accounts, when the nudge names none', async () => {
        const { sync } = await openStores()
        await sync.wantAll(['wkA', 'wkB'])
        const due = await sync.acceptNudge({ openKfId: '*', token: 't', createTime: 5 })
        expect(due.toSorted()).toEqual(['*', 'wkA', 'wkB'])
      })

      it('stays due when a nudge arrives while the account is pulled', async () => {
        const { sync } = await openStores()
        await sync.acceptNudge({ openKfId: ACCOUNT, token: 't1', createTime: 100 })
        const claim = await sync.claim(ACCOUNT, 'one', 60_000)
        await sync.acceptNudge({ openKfId: ACCOUNT, token: 't2', createTime: 101 })
        expect(claim && (await sync.finish(claim))).toBe(true)
        expect((await sync.claim(ACCOUNT, 'two', 60_000))?.token ?? 'none').toBeDefined()
      })

      it('lets one process claim an account, and another only when the lease is over', async () => {
        const { sync } = await openStores()
        await sync.wantAll([ACCOUNT])
        expect(await sync.claim(ACCOUNT, 'one', 60_000)).toBeDefined()
        expect(await sync.claim(ACCOUNT, 'two', 60_000)).toBeUndefined()
        await sync.renew({ openKfId: ACCOUNT, lease: 'one' }, -1)
        expect(await sync.claim(ACCOUNT, 'two', 60_000)).toBeDefined()
        expect(await sync.renew({ openKfId: ACCOUNT, lease: 'one' }, 60_000)).toBe(false)
      })

      it('gives an old token to nobody', async () => {
        const { sync } = await openStores()
        const seconds = Math.floor(Date.now() / 1000)
        await sync.acceptNudge({ openKfId: 'wkOld', token: 'old', createTime: seconds - 601 })
        await sync.acceptNudge({ openKfId: 'wkNew', token: 'new', createTime: seconds })
        expect((await sync.claim('wkOld', 'l', 60_000))?.token).toBe('')
        expect((await sync.claim('wkNew', 'l', 60_000))?.token).toBe('new')
      })

      it('forgets the rate limit of an account that was taken away, and looks no more for what it has', async () => {
        const { sync } = await openStores()
        await sync.wantAll(['wkGone', 'wkStays'])
        for (const id of ['wkGone', 'wkStays']) {
          const claim = await sync.claim(id, 'l', 60_000)
          if (claim === undefined) throw new Error('not due')
          if (id === 'wkGone') await sync.postpone(claim, 60_000, 'wecom.refused 45009')
          else await sync.finish(claim)
        }
        const later = Date.now() + 1000
        expect(await sync.longestUnpulled(later)).toBeUndefined()
        const event = {
          name: 'kf_account_auth_change',
          createTime: 1,
          addedOpenKfIds: [],
          removedOpenKfIds: ['wkGone'],
        }
        await sync.acceptEvent(event)
        expect(await sync.longestUnpulled(later)).toBe('wkStays')
        await sync.wantAll(['wkStays'])
        expect(await sync.longestUnpulled(later)).toBeUndefined()
        expect(await sync.acceptNudge({ openKfId: '*', token: 't', createTime: 1 })).toEqual(['*', 'wkStays'])
        expect(await sync.knownIds()).toEqual(['wkStays'])

        await sync.acceptEvent({ ...event, addedOpenKfIds: ['wkGone'], removedOpenKfIds: [] })
        expect(await sync.claim('wkGone', 'l', 60_000)).toBeDefined()
        expect((await sync.knownIds()).sort()).toEqual(['wkGone', 'wkStays'])
      })

      it('pulls no account while one waits out the rate limit', async () => {
        const { sync } = await openStores()
        await sync.wantAll(['wkA', 'wkB'])
        const [a, b] = [await sync.claim('wkA', 'a', 60_000), await sync.claim('wkB', 'b', 60_000)]
        if (a === undefined || b === undefined) throw new Error('not due')
        await sync.finish(b)
        const soon = Date.now() + 60_000
        expect(await sync.longestUnpulled(soon)).toBe('wkB')
        await sync.postpone(a, 60_000, 'wecom.refused 45009')
        expect(await sync.longestUnpulled(soon)).toBeUndefined()
      })
    })

    describe('pages', () => {
      it('stores every message of a page once, in its order, however often the page comes', async () => {
        const { pull, conversations } = await openStores()
        const messages = [message(), message(), message()]
        expect((await pull(messages)).fresh).toBe(3)
        expect((await pull(messages)).fresh).toBe(0)
        expect((await pull([...messages, message(), message()])).fresh).toBe(2)
        const memory = await conversations.remember(CONV, 100, 50)
        expect(memory.messages.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5])
      })

      it('takes a msgid once when a page holds it twice', async () => {
        const { pull } = await openStores()
        const one = message()
        expect((await pull([one, { ...one }])).fresh).toBe(1)
      })

      it('writes nothing of a page when the lease is lost', async () => {
        const { sync, pages, conversations } = await openStores()
        await sync.wantAll([ACCOUNT])
        const claim = await sync.claim(ACCOUNT, 'one', -1)
        await sync.claim(ACCOUNT, 'two', 60_000)
        if (claim === undefined) throw new Error('not due')
        const page = { openKfId: ACCOUNT, messages: [message()], nextCursor: 'c1', hasMore: false }
        await expect(pages.save(claim, page)).rejects.toMatchObject({ code: 'store.lease-lost' })
        expect((await conversations.remember(CONV, 100, 50)).messages).toEqual([])
      })

      it('writes nothing of a page when the cursor has moved', async () => {
        const { sync, pages } = await openStores()
        await sync.wantAll([ACCOUNT])
        const claim = await sync.claim(ACCOUNT, 'one', 60_000)
        if (claim === undefined) throw new Error('not due')
        await pages.save(claim, { openKfId: ACCOUNT, messages: [], nextCursor: 'c1', hasMore: true })
        const late = { openKfId: ACCOUNT, messages: [message()], nextCursor: 'c2', hasMore: false }
        await expect(pages.save(claim, late)).rejects.toMatchObject({ code: 'store.lease-lost' })
      })

      it('is primed only when the first replay has been read to its end', async () => {
        const { sync, pages, pull } = await openStores()
        await sync.wantAll([ACCOUNT])
        const claim = await sync.claim(ACCOUNT, 'one', 60_000)
        if (claim === undefined) throw new Error('not due')
        await pages.save(claim, { openKfId: ACCOUNT, messages: [], nextCursor: 'c1', hasMore: true })
        await sync.finish(claim)
        await sync.wantAll([ACCOUNT])
        expect((await sync.claim(ACCOUNT, 'two', -1))?.primed).toBe(false)
        await pull([])
        await sync.wantAll([ACCOUNT])
        expect((await sync.claim(ACCOUNT, 'three', -1))?.primed).toBe(true)
      })

      it('answers neither history nor what is too old, and parks the latter', async () => {
        const { pull, conversations, parked } = await openStores()
        const result = await pull([message({ role: 'history' }), message({ role: 'stale' })])
        expect(result.due).toEqual([])
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeUndefined()
        expect(await parked.list(10)).toMatchObject([{ stage: 'needs_person', conv: CONV, reason: 'too-old' }])
      })

      it('takes what no database likes: a NUL, half a character', async () => {
        const { database, pull } = await openStores()
        await pull([message({ raw: '{"a":"\0"}', content: { text: 'a\0b\ud800', title: '\0' } })])
        const [row] = await database.all<{ text: string }>('select text from message')
        expect(row?.text).toMatch(/^a\0?b/)
      })

      it('parks a message that names no customer, whether it has to be read or not', async () => {
        const { due, pull, parked } = await openStores()
        const { content: _, ...unread } = message({ externalUserId: '', type: 'image' })
        await pull([unread, message({ externalUserId: '' }), message({ externalUserId: '', role: 'event', origin: 4 })])
        expect(await due.backlog()).toContainEqual({ stage: 'parse', count: 0, oldestDue: 0 })
        expect((await parked.list(10)).map(({ reason }) => reason)).toEqual(['no-customer', 'no-customer'])
      })

      it('keeps an event without a customer, and a customer at two accounts apart', async () => {
        const { pull } = await openStores()
        const result = await pull([message({ externalUserId: '', role: 'event', origin: 4 }), message()])
        expect(result.fresh).toBe(2)
        expect(result.due.map(({ conv }) => conv)).toEqual([CONV])
      })

      it('answers a burst after its last message, at most so long after its first', async () => {
        const { database, sync } = await openStores()
        const pages = createPageStore(database, { ...TIMES, burstQuietMs: 800, burstMaxWaitMs: 1000 })
        const save = async () => {
          await sync.wantAll([ACCOUNT])
          const claim = await sync.claim(ACCOUNT, `l${Math.random()}`, 60_000)
          if (claim === undefined) throw new Error('not due')
          const page = { openKfId: ACCOUNT, messages: [message()], nextCursor: `${claim.cursor}x`, hasMore: false }
          const before = database.now()
          const result = await pages.save(claim, page)
          await sync.finish(claim)
          return { before, due: result.due[0]?.due ?? 0 }
        }
        const one = await save()
        expect(one.due).toBeGreaterThanOrEqual(one.before + 800)
        await new Promise((resolve) => setTimeout(resolve, 400))
        const two = await save()
        expect(two.due).toBeGreaterThan(one.due)
        expect(two.due - (one.due - 800)).toBeLessThanOrEqual(1000)
      })

      it('forgets a recalled message, also when the recall came first', async () => {
        const { pull, conversations } = await openStores()
        const early = message()
        const recall = (msgid: string) =>
          message({
            role: 'event',
            origin: 4,
            type: 'event',
            content: { text: '', title: '' },
            effect: { kind: 'recall', msgid },
          })
        await pull([early])
        await pull([recall(early.msgid)])
        const late = message()
        await pull([recall(late.msgid)])
        await pull([late])
        const { messages } = await conversations.remember(CONV, 100, 50)
        expect(messages.filter((row) => row.origin === 3).map((row) => row.state)).toEqual(['recalled'])
      })

      it('falls silent when a person takes over, and has nothing to answer when the person ends', async () => {
        const { pull, claimConversation, replies, conversations } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const saved = await replies.save(claim, reply(), false)
        await conversations.release(claim)
        const desk = (to: 'bot' | 'person') =>
          message({ role: 'event', origin: 4, type: 'event', effect: { kind: 'desk', desk: to } })
        await pull([desk('person'), message()])
        // The first is on its way and can't be called back.
        const [first] = saved?.parts ?? []
        if (first === undefined) throw new Error('nothing was stored')
        expect((await replies.nextUnsent(CONV))?.msgid).toBe(first.msgid)
        await replies.markSent(first, first.msgid)
        expect(await replies.nextUnsent(CONV)).toBeUndefined()
        const held = await claimConversation()
        expect(held.desk).toBe('person')
        await conversations.release(held)
        await pull([desk('bot')])
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeUndefined()
        await pull([message()])
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeDefined()
      })
    })

    describe('what comes late or twice', () => {
      const event = (effect: NonNullable<PageMessage['effect']>) =>
        message({ origin: 4, type: 'event', role: 'event', effect })

      it('sends nothing that a person’s coming has cancelled, and keeps its place free', async () => {
        const { database, pull, claimConversation, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const saved = await replies.save(claim, reply(), false)
        const [first, second] = saved?.parts ?? []
        if (first === undefined || second === undefined) throw new Error('no part')
        await pull([event({ kind: 'desk', desk: 'person' })])
        expect(await replies.markSending(claim, second)).toBe('gone')
        expect(await database.all('select state from reply_part order by no')).toEqual([
          { state: 'sending' },
          { state: 'cancelled' },
        ])
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 1 }])
      })

      it('leaves a part failed of which that was told while it was on its way', async () => {
        const { database, pull, claimConversation, replies, parked } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply({ contents: textsOf('one') }), false)
        const part = await replies.nextUnsent(CONV)
        if (part === undefined) throw new Error('no part')
        await replies.markSending(claim, part)
        await pull([event({ kind: 'send-failed', msgid: part.msgid, reason: 'fail_type 4' })])
        await replies.markSent(part, part.msgid)
        await replies.markRefused(claim, part, 'failed', 'x')
        await replies.postponePart(claim, part, { inDoubt: true, delayMs: 0, reason: 'x', countAttempt: true })
        expect(await replies.renameMsgid(claim, part)).toBeUndefined()
        expect(await database.all('select state, err from reply_part')).toEqual([
          { state: 'failed', err: 'fail_type 4' },
        ])
        expect(await parked.countOpen()).toBe(1)
      })

      it('lets nobody finish a pull that somebody else is at', async () => {
        const { sync } = await openStores()
        await sync.wantAll([ACCOUNT])
        const stalled = await sync.claim(ACCOUNT, 'stalled', -1)
        const holder = await sync.claim(ACCOUNT, 'holder', 60_000)
        if (stalled === undefined || holder === undefined) throw new Error('not due')
        expect(await sync.finish(stalled)).toBe(false)
        await sync.postpone(stalled, 0, 'x')
        await sync.forgetCursor(stalled)
        expect(await sync.renew(stalled, 60_000)).toBe(false)
        expect(await sync.claim(ACCOUNT, 'third', 60_000)).toBeUndefined()
        expect(await sync.renew(holder, 60_000)).toBe(true)
      })

      it('asks the platform no sooner after a refusal because more nudges come', async () => {
        const { sync } = await openStores()
        await sync.wantAll([ACCOUNT])
        const claim = await sync.claim(ACCOUNT, 'a', 60_000)
        if (claim === undefined) throw new Error('not due')
        await sync.postpone(claim, 60_000, 'wecom.refused 45009')
        await sync.acceptNudge({ openKfId: ACCOUNT, token: 't', createTime: 100 })
        await sync.wantAll([ACCOUNT])
        expect(await sync.claim(ACCOUNT, 'b', 60_000)).toBeUndefined()
      })

      it('gives no places in the quota back for a message from before', async () => {
        const { database, pull } = await openStores()
        await pull([message()])
        await database.run('update conversation set sent_since = 3')
        await pull([message({ sendTime: Date.now() - 60_000 })])
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 3 }])
        await pull([message({ sendTime: Date.now() + 1 })])
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 0 }])
      })

      it('takes nothing for answered because a session ended that no person had', async () => {
        const { pull, claimConversation } = await openStores()
        await pull([message(), event({ kind: 'desk', desk: 'bot' })])
        expect(await claimConversation()).toMatchObject({ dirty: 1, answered: 0 })
      })

      it('parks a part once that is told of twice', async () => {
        const { pull, claimConversation, replies, parked } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply({ contents: textsOf('one') }), false)
        const part = await replies.nextUnsent(CONV)
        if (part === undefined) throw new Error('no part')
        const failed = () => event({ kind: 'send-failed', msgid: part.msgid, reason: 'fail_type 4' })
        await pull([failed()])
        await pull([failed()])
        expect(await parked.list(10)).toMatchObject([{ stage: 'send', key: part.msgid, reason: 'fail_type 4' }])
      })

      it('keeps an account for as long as its pages come', async () => {
        const { sync, pages } = await openStores()
        await sync.wantAll([ACCOUNT])
        const claim = await sync.claim(ACCOUNT, 'a', 1)
        if (claim === undefined) throw new Error('not due')
        await pages.save(claim, { openKfId: ACCOUNT, messages: [], nextCursor: 'c', hasMore: true })
        expect(await sync.claim(ACCOUNT, 'b', 60_000)).toBeUndefined()
      })
    })

    describe('parsing', () => {
      const recall = (msgid: string) =>
        message({ origin: 4, type: 'event', role: 'event', effect: { kind: 'recall', msgid } })

      const unread = () => {
        const { content: _, ...rest } = message({ type: 'file' })
        return rest
      }

      it('has an answer written anew when what it was written without has been read meanwhile', async () => {
        const { pull, messages, claimConversation, replies, conversations } = await openStores()
        await pull([message()])
        const file = unread()
        await pull([file])
        await messages.makeProvisional(CONV, { text: 'still reading', title: '' })
        const reader = await messages.claim(file.msgid, 'a', 60_000)
        const claim = await claimConversation()
        if (reader === undefined) throw new Error('not due')
        await messages.saveParsed(reader, { text: 'an invoice', title: '' })
        expect(await replies.save(claim, reply({ uptoSeq: 2 }), false)).toBeUndefined()
        expect(await conversations.reload(claim)).toMatchObject({ answered: 0, dirty: 3 })
      })

      it.each(['read', 'given up'])('does not bring back what was recalled before it was %s', async (how) => {
        const { pull, messages, conversations, parked } = await openStores()
        const file = unread()
        await pull([file])
        const claim = await messages.claim(file.msgid, 'a', 60_000)
        if (claim === undefined) throw new Error('not due')
        await pull([recall(file.msgid)])
        const content = { text: 'an invoice', title: '' }
        if (how === 'read') await messages.saveParsed(claim, content)
        else await messages.park(claim, 'x', content)
        const { messages: rows } = await conversations.remember(CONV, 100, 50)
        expect(rows[0]).toMatchObject({ state: 'recalled' })
        expect(await parked.countOpen()).toBe(0)
        expect(await messages.claim(file.msgid, 'b', 60_000)).toBeUndefined()
      })

      it('lets one process read a message at a time, and not before its next try', async () => {
        const { pull, messages } = await openStores()
        const file = unread()
        await pull([file])
        const claim = await messages.claim(file.msgid, 'a', 60_000)
        if (claim === undefined) throw new Error('not due')
        expect(await messages.claim(file.msgid, 'b', 60_000)).toBeUndefined()
        await messages.postpone(claim, 60_000, 'x', true)
        expect(await messages.claim(file.msgid, 'b', 60_000)).toBeUndefined()
      })

      it('lets a conversation be answered only when all before it is read', async () => {
        const { pull, messages, conversations } = await openStores()
        const [first, second] = [unread(), unread()]
        expect(await pull([first, second])).toMatchObject({
          unparsed: [first.msgid, second.msgid],
          due: [{ conv: CONV, due: expect.any(Number) }],
        })
        const claimSecond = await messages.claim(second.msgid, 'b', 60_000)
        const claimFirst = await messages.claim(first.msgid, 'a', 60_000)
        if (claimFirst === undefined || claimSecond === undefined) throw new Error('not due')
        const content = { text: 'read', title: 'read' }
        expect(await messages.saveParsed(claimSecond, content)).toBeUndefined()
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeUndefined()
        expect(await messages.saveParsed(claimFirst, content)).toMatchObject({ conv: CONV })
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeDefined()
      })

      it('refuses the result of a reader whose lease is lost', async () => {
        const { pull, messages } = await openStores()
        const one = unread()
        await pull([one])
        const slow = await messages.claim(one.msgid, 'slow', -1)
        await messages.claim(one.msgid, 'quick', 60_000)
        if (slow === undefined) throw new Error('not due')
        const content = { text: 'read', title: 'read' }
        await expect(messages.saveParsed(slow, content)).rejects.toMatchObject({ code: 'store.lease-lost' })
      })

      it('lets slow documents be answered late, together, as messages of nobody', async () => {
        const { pull, messages, claimConversation, replies, conversations } = await openStores()
        const [first, second] = [unread(), unread()]
        await pull([first, second])
        const claims = [await messages.claim(first.msgid, 'a', 60_000), await messages.claim(second.msgid, 'b', 60_000)]
        await messages.makeProvisional(CONV, { text: 'still reading', title: '' })
        const claim = await claimConversation()
        expect(claim.parsed).toBe(2)
        expect(await replies.save(claim, reply({ uptoSeq: 2 }), false)).toBeDefined()
        await conversations.release(claim)
        for (const [index, late] of claims.entries()) {
          if (late === undefined) throw new Error('not due')
          await messages.saveParsed(late, { text: `late ${index}`, title: '' })
        }
        const { messages: rows } = await conversations.remember(CONV, 100, 50)
        expect(rows.filter((row) => row.origin === 0).map((row) => row.text)).toEqual(['late 0', 'late 1'])
        expect(await conversations.reload({ ...claim, lease: '' })).toMatchObject({ dirty: 4, parsed: 4, answered: 2 })

        await pull([recall(first.msgid)])
        const after = await conversations.remember(CONV, 100, 50)
        expect(after.messages.filter((row) => row.state === 'recalled').map((row) => row.text)).toEqual([
          'still reading',
          'late 0',
        ])
      })

      it('shows what a slow document says in one place: its own, as long as nobody answers without it', async () => {
        const { pull, messages, claimConversation, replies, conversations } = await openStores()
        const one = unread()
        await pull([one])
        const claim = await messages.claim(one.msgid, 'a', 60_000)
        if (claim === undefined) throw new Error('not due')
        await messages.makeProvisional(CONV, { text: 'still reading', title: '' })
        await messages.saveParsed(claim, { text: 'an invoice', title: '' })
        const { messages: rows } = await conversations.remember(CONV, 100, 50)
        expect(rows.map(({ text }) => text)).toEqual(['an invoice'])
        const answering = await claimConversation()
        expect(await replies.save(answering, reply({ uptoSeq: 1 }), false)).toBeDefined()
      })

      it('shows what a slow document says in one place: after those that are answered without it', async () => {
        const { pull, messages, claimConversation, conversations } = await openStores()
        const one = unread()
        await pull([one])
        const claim = await messages.claim(one.msgid, 'a', 60_000)
        if (claim === undefined) throw new Error('not due')
        await messages.makeProvisional(CONV, { text: 'still reading', title: '' })
        await claimConversation()
        await messages.saveParsed(claim, { text: 'an invoice', title: '' })
        const { messages: rows } = await conversations.remember(CONV, 100, 50)
        expect(rows.map(({ text }) => text)).toEqual(['still reading', 'an invoice'])
      })

      it('waits anew for what nobody has begun to read, and not for what is being read', async () => {
        const { pull, messages } = await openStores()
        const [first, second] = [unread(), unread()]
        await pull([first, second])
        await messages.claim(first.msgid, 'a', 60_000)
        expect(await messages.restartWait(CONV, 0)).toEqual([second.msgid])
        expect(await messages.restartWait(CONV, Date.now() + 60_000)).toEqual([])
        await messages.claim(second.msgid, 'b', 60_000)
        expect(await messages.restartWait(CONV, 0)).toEqual([])
      })

      it('parks what can not be read and goes on', async () => {
        const { pull, messages, parked, conversations } = await openStores()
        const one = unread()
        await pull([one])
        const claim = await messages.claim(one.msgid, 'a', 60_000)
        if (claim === undefined) throw new Error('not due')
        expect(await messages.park(claim, 'too-large', { text: '[文件]', title: '[文件]' })).toMatchObject({
          conv: CONV,
        })
        expect(await parked.list(10)).toMatchObject([{ stage: 'parse', key: one.msgid, reason: 'too-large' }])
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeDefined()
      })
    })

    describe('replies', () => {
      it('discards a draft when more came meanwhile, unless told not to', async () => {
        const { pull, claimConversation, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await pull([message()])
        expect(await replies.save(claim, reply(), false)).toBeUndefined()
        expect(await replies.save(claim, reply(), true)).toBeDefined()
      })

      it('fences off a writer whose lease is lost', async () => {
        const { pull, conversations, replies } = await openStores()
        await pull([message()])
        const stalled = await conversations.claim(CONV, 'stalled', -1)
        await conversations.claim(CONV, 'next', 60_000)
        if (stalled === undefined) throw new Error('not due')
        await expect(replies.save(stalled, reply(), true)).rejects.toMatchObject({ code: 'store.lease-lost' })
        expect(await conversations.renew(stalled, 60_000)).toBe(false)
      })

      it('lets nobody free, or take back from a person, what somebody else holds by now', async () => {
        const { database, pull, claimConversation, conversations } = await openStores()
        await pull([message()])
        const stalled = await claimConversation('stalled')
        await database.run('update conversation set lease_until = 0')
        const holder = await claimConversation('holder')
        await conversations.giveToPerson(holder)
        expect(await conversations.release(stalled)).toBeUndefined()
        expect(await conversations.takeBack(stalled)).toBeUndefined()
        await conversations.advanceUnanswered(stalled, 1)
        await conversations.postpone(stalled, 60_000, 'x', true)
        await expect(conversations.giveToPerson(stalled)).rejects.toMatchObject({ code: 'store.lease-lost' })
        expect(await conversations.claim(CONV, 'third', 60_000)).toBeUndefined()
        expect(await conversations.reload(holder)).toMatchObject({ desk: 'person', answered: 0, attempts: 0 })
      })

      it('keeps an answer back that was written while a person took over, however often that was', async () => {
        const { pull, claimConversation, conversations, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await conversations.giveToPerson(claim)
        expect(await replies.save(claim, reply(), true)).toBeUndefined()
      })

      it('sends the older of two answers first, each in its order', async () => {
        const { pull, claimConversation, conversations, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply({ contents: textsOf('one', 'two') }), false)
        await pull([message()])
        const again = await conversations.reload(claim)
        if (again === undefined) throw new Error('lost')
        await replies.save(again, reply({ fromSeq: 2, uptoSeq: 2, contents: textsOf('three') }), false)
        const texts: string[] = []
        for (let part = await replies.nextUnsent(CONV); part !== undefined; part = await replies.nextUnsent(CONV)) {
          texts.push(wordsOf(part))
          await replies.markSending(claim, part)
          await replies.markSent(part, part.msgid)
        }
        expect(texts).toEqual(['one', 'two', 'three'])
      })

      it('answers a range once', async () => {
        const { pull, claimConversation, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        expect(await replies.save(claim, reply(), true)).toBeDefined()
        expect(await replies.save(claim, reply(), true)).toBeUndefined()
      })

      it('sends parts in order and keeps the msgid while it is in doubt', async () => {
        const { pull, claimConversation, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const saved = await replies.save(claim, reply(), false)
        const first = await replies.nextUnsent(CONV)
        if (first === undefined) throw new Error('nothing to send')
        // On its way from the moment that it is stored.
        expect(saved?.parts[0]).toMatchObject({ msgid: first.msgid, state: 'sending', isMarked: true, inDoubt: false })
        expect(first).toMatchObject({ no: 0, state: 'sending', inDoubt: true })
        expect(await replies.markSending(claim, first)).toBe('marked')
        const again = await replies.nextUnsent(CONV)
        expect(again).toMatchObject({ msgid: first.msgid, state: 'sending', inDoubt: true })
        await replies.markSent(first, first.msgid)
        const second = await replies.nextUnsent(CONV)
        expect(second).toMatchObject({ no: 1, state: 'ready' })
        expect(second && wordsOf(second)).toBe('two')
      })

      it('reserves one of five places a part, once, and holds what is over until the customer writes', async () => {
        const { pull, claimConversation, replies, conversations } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply({ contents: textsOf('1', '2', '3', '4', '5', '6') }), false)
        for (let place = 1; place <= 5; place += 1) {
          const part = await replies.nextUnsent(CONV)
          if (part === undefined) throw new Error('nothing to send')
          expect(await replies.markSending(claim, part)).toBe('marked')
          const inDoubt = await replies.nextUnsent(CONV)
          if (inDoubt === undefined) throw new Error('nothing to send')
          expect(await replies.markSending(claim, inDoubt)).toBe('marked')
          await replies.markSent(part, part.msgid)
        }
        const sixth = await replies.nextUnsent(CONV)
        if (sixth === undefined) throw new Error('nothing to send')
        expect(await replies.markSending(claim, sixth)).toBe('held')
        expect(await replies.nextUnsent(CONV)).toBeUndefined()
        await conversations.release(claim)
        await pull([message()])
        expect((await claimConversation()).quotaLeft).toBe(5)
        expect((await conversations.remember(CONV, 100, 50)).parts.map((part) => part.state).at(-1)).toBe('cancelled')
      })

      it('gives a refused part its place back and drops the rest of the answer with it', async () => {
        const { pull, claimConversation, replies, conversations, parked } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply(), false)
        const part = await replies.nextUnsent(CONV)
        if (part === undefined) throw new Error('nothing to send')
        await replies.markSending(claim, part)
        await replies.markRefused(claim, part, 'failed', 'wecom.refused 95002')
        expect(await replies.nextUnsent(CONV)).toBeUndefined()
        expect((await conversations.reload(claim))?.quotaLeft).toBe(5)
        expect(await parked.list(10)).toMatchObject([{ stage: 'send', reason: 'wecom.refused 95002' }])
      })

      it('has the first part on its way at once only when nothing stands before it and there is a place', async () => {
        const { database, pull, claimConversation, conversations, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const one = await replies.save(claim, reply({ contents: textsOf('one') }), false)
        expect(one?.parts.map(({ isMarked }) => isMarked)).toEqual([true])
        expect(one?.claim).toMatchObject({ quotaLeft: 4, answered: 1 })
        await pull([message()])
        const again = await conversations.reload(claim)
        if (one?.parts[0] === undefined || again === undefined) throw new Error('lost')
        const two = await replies.save(again, reply({ fromSeq: 2, uptoSeq: 2, contents: textsOf('two') }), false)
        expect(two?.parts.map(({ isMarked }) => isMarked)).toEqual([false])
        await replies.markSent(one.parts[0], one.parts[0].msgid)
        await database.run(`update reply_part set state = 'sent'`)
        await pull([message()])
        await database.run('update conversation set sent_since = 5')
        const full = await conversations.reload(claim)
        if (full === undefined) throw new Error('lost')
        const three = await replies.save(full, reply({ fromSeq: 3, uptoSeq: 3, contents: textsOf('three') }), false)
        expect(three?.parts.map(({ isMarked }) => isMarked)).toEqual([false])
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 5 }])
      })

      it('keeps an answer open until it is ended, and finds it again', async () => {
        const { database, pull, claimConversation, conversations, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const begun = await replies.save(claim, reply({ contents: textsOf('one'), isOpen: true }), false)
        const [first] = begun?.parts ?? []
        if (begun === undefined || first === undefined) throw new Error('nothing was stored')
        await replies.markSent(first, first.msgid)
        expect((await replies.nextUnsent(CONV))?.step).toEqual({ kind: 'open' })
        const more = await replies.append(claim, begun.id, { contents: textsOf('two') })
        expect(more?.parts).toMatchObject([{ no: 1, isMarked: true }])
        await conversations.release(claim)
        const next = await conversations.claim(CONV, 'next', 60_000)
        expect(next?.hasUnsent).toBe(true)
        if (next === undefined) throw new Error('nothing is to be done')
        expect(await replies.findOpen(begun.id)).toMatchObject({ fromSeq: 1, contents: textsOf('one', 'two') })
        await expect(replies.append(claim, begun.id, { contents: textsOf('x') })).rejects.toMatchObject({
          code: 'store.lease-lost',
        })
        const { contents: _, ...end } = reply({ sources: ['p1'], costMicros: 5 })
        const ended = await replies.append(next, begun.id, { contents: textsOf('three'), end })
        // The second is still on its way.
        expect(ended?.parts).toMatchObject([{ no: 2, isMarked: false }])
        expect(await database.all('select state, sources, cost_micros from reply')).toEqual([
          { state: 'closed', sources: '["p1"]', cost_micros: 5 },
        ])
        expect(await replies.findOpen(begun.id)).toBeUndefined()
        expect(await replies.append(next, begun.id, { contents: textsOf('x'), end })).toBeUndefined()
        expect(await database.all('select kind from reply_part order by no')).toHaveLength(3)
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 2 }])
      })

      it.each(['failed', 'held', 'cancelled'])('sends nothing after a part that is %s', async (state) => {
        const { database, pull, claimConversation, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const begun = await replies.save(claim, reply({ contents: textsOf('one'), isOpen: true }), false)
        await database.run(`update reply_part set state = ?1 where no = 0`, state)
        const { contents: _, ...end } = reply({})
        const ended = await replies.append(claim, begun?.id ?? '', { contents: textsOf('two'), end })
        expect(ended?.parts).toEqual([])
        expect(await replies.nextUnsent(CONV)).toBeUndefined()
        expect(await database.all('select state from reply_part where no = 1')).toEqual([{ state: 'cancelled' }])
        expect(await database.all('select sent_since from conversation')).toEqual([{ sent_since: 1 }])
      })

      it('hands over after the parts, whatever becomes of them, and once', async () => {
        const { database, pull, claimConversation, replies } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        const saved = await replies.save(claim, reply({ contents: textsOf('one', 'two'), handOver: 'asked' }), false)
        const [first] = saved?.parts ?? []
        if (first === undefined) throw new Error('nothing was stored')
        await replies.markRefused(claim, first, 'failed', 'x')
        const step = await replies.nextUnsent(CONV)
        expect(step?.step).toEqual({ kind: 'hand-over', cause: 'asked' })
        if (step === undefined) throw new Error('the step is gone')
        await replies.postponeStep(claim, step, 60_000, 'x')
        expect((await replies.nextUnsent(CONV))?.due).toBeGreaterThan(database.now() + 30_000)
        await expect(
          replies.finishHandOver({ ...claim, lease: 'other' }, step, { isHandedOver: true }),
        ).rejects.toMatchObject({ code: 'store.lease-lost' })
        await replies.finishHandOver(claim, step, { isHandedOver: true })
        await replies.finishHandOver(claim, step, { isHandedOver: false, contents: textsOf('late') })
        expect(await replies.nextUnsent(CONV)).toBeUndefined()
        expect(await database.all('select desk from conversation')).toEqual([{ desk: 'person' }])
      })

      it('says what there is to say when nobody takes over', async () => {
        const { pull, claimConversation, replies, parked } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply({ contents: [], handOver: 'asked' }), false)
        const step = await replies.nextUnsent(CONV)
        if (step === undefined) throw new Error('the step is gone')
        await replies.finishHandOver(claim, step, { isHandedOver: false, contents: textsOf('away'), parked: 'asked' })
        const part = await replies.nextUnsent(CONV)
        expect(part && wordsOf(part)).toBe('away')
        expect(await parked.list(10)).toMatchObject([{ stage: 'needs_person', reason: 'asked' }])
      })

      it('keeps a summary that nothing has overtaken, and drops it with what was recalled', async () => {
        const { pull, claimConversation, conversations } = await openStores()
        const said = message()
        await pull([said])
        const { version = 0 } = (await conversations.readForSummary(CONV)) ?? {}
        expect(await conversations.saveSummary(CONV, { summary: 's', uptoSeq: 1, version })).toBe(true)
        expect(await claimConversation()).toMatchObject({ summary: 's', summarySeq: 1 })
        await pull([
          message({ origin: 4, type: 'event', role: 'event', effect: { kind: 'recall', msgid: said.msgid } }),
        ])
        expect(await conversations.saveSummary(CONV, { summary: 'late', uptoSeq: 2, version })).toBe(false)
        expect(await conversations.readForSummary(CONV)).toMatchObject({ summary: '', summarySeq: 0 })
      })

      it('does not answer over a part that waits for its next try', async () => {
        const { pull, claimConversation, replies, conversations } = await openStores()
        await pull([message()])
        const claim = await claimConversation()
        await replies.save(claim, reply(), false)
        const part = await replies.nextUnsent(CONV)
        if (part === undefined) throw new Error('nothing to send')
        await replies.markSending(claim, part)
        await replies.postponePart(claim, part, { inDoubt: true, delayMs: 60_000, reason: 'x', countAttempt: true })
        await conversations.release(claim)
        await pull([message()])
        expect(await conversations.claim(CONV, 'l', 60_000)).toBeUndefined()
      })
    })

    describe('leases', () => {
      it('gives a named lease to one holder at a time', async () => {
        const { leases } = await openStores()
        expect(await leases.acquire('relay', 'a', 60_000)).toBe(true)
        expect(await leases.acquire('relay', 'b', 60_000)).toBe(false)
        expect(await leases.acquire('relay', 'a', -1)).toBe(true)
        expect(await leases.acquire('relay', 'b', 60_000)).toBe(true)
        await leases.acquire('calls:a', 'a', 60_000)
        await leases.acquire('calls:b', 'b', 60_000)
        await leases.acquire('calls:dead', 'c', -1)
        expect(await leases.count('calls:')).toBe(2)
        await leases.release('relay', 'a')
        expect(await leases.acquire('relay', 'a', 60_000)).toBe(false)
      })

      it('frees at once what a dead bridge of this machine held', async () => {
        const { database, pull, leases, conversations } = await openStores()
        const dead = createInstanceStore({ database, host: 'box', pid: 111, isAlive: () => true })
        const next = createInstanceStore({ database, host: 'box', pid: 222, isAlive: (pid) => pid !== 111 })
        const elsewhere = createInstanceStore({ database, host: 'other', pid: 333, isAlive: () => false })
        await dead.register()
        await next.register()
        await pull([message()])
        expect(await conversations.claim(CONV, dead.newLease(), 60_000)).toBeDefined()
        await leases.acquire('relay', dead.id, 60_000)
        expect(await conversations.claim(CONV, next.newLease(), 60_000)).toBeUndefined()
        expect(await elsewhere.buryDead()).toBe(0)
        expect(await next.buryDead()).toBe(1)
        expect(await conversations.claim(CONV, next.newLease(), 60_000)).toBeDefined()
        expect(await leases.acquire('relay', next.id, 60_000)).toBe(true)
      })
    })

    describe('the sweeper', () => {
      it('looks at once at what a dead bridge may have held the pointers of', async () => {
        const { database, due, pull } = await openStores()
        const dead = createInstanceStore({ database, host: 'box', pid: 111, isAlive: () => true })
        const next = createInstanceStore({ database, host: 'box', pid: 222, isAlive: () => false })
        await dead.register()
        await pull([message()])
        expect(await due.take(['reply'])).toEqual([])
        await next.buryDead()
        expect(await due.take(['reply'])).toEqual([{ stage: 'reply', key: CONV }])
      })

      it('finds what is due and free, once in a while', async () => {
        const { database, due, sync, pull } = await openStores()
        await sync.wantAll(['wkB'])
        await pull([message()])
        for (const table of ['sync_state', 'conversation']) await database.run(`update ${table} set wake = 0`)
        const stages = ['fetch', 'parse', 'reply'] as const
        expect(await due.take(['fetch'])).toContainEqual({ stage: 'fetch', key: 'wkB' })
        expect(await due.take(stages)).toEqual([{ stage: 'reply', key: CONV }])
        expect(await due.take(stages)).toEqual([])
      })

      it('leaves alone what somebody works on', async () => {
        const { database, due, pull, claimConversation } = await openStores()
        await pull([message()])
        await claimConversation()
        await database.run('update conversation set wake = 0')
        expect(await due.take(['reply'])).toEqual([])
      })

      if (engine === 'postgres')
        it('does not wait for a row that somebody is writing', async () => {
          const { database, due, pull } = await openStores()
          await pull([message(), message({ externalUserId: 'wm2' })])
          await database.run('update conversation set wake = 0')
          const found = await database.transaction(async (sql) => {
            await sql.run('update conversation set version = version + 1 where id = ?1', CONV)
            return due.take(['reply'])
          })
          expect(found).toEqual([{ stage: 'reply', key: `${ACCOUNT}:wm2` }])
          expect(await due.take(['reply'])).toEqual([{ stage: 'reply', key: CONV }])
        })

      it('counts what waits', async () => {
        const { due, pull } = await openStores()
        await pull([message()])
        expect(await due.backlog()).toContainEqual(expect.objectContaining({ stage: 'reply', count: 1 }))
      })
    })
  })
}
