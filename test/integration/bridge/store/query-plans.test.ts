/**
 * No statement that runs while customers wait may read a table from end to end: with ten million messages that is the end. What the
 * stages really run is recorded, and the engine is asked how it would go about it.
 */
import { describe, expect, it } from 'vitest'
import { createClockStore } from '../../../../bridge/store/clock-store.ts'
import { createConversationStore } from '../../../../bridge/store/conversation-store.ts'
import { createCustomerDataStore } from '../../../../bridge/store/customer-data-store.ts'
import type { Database, Engine, Sql, SqlValue } from '../../../../bridge/store/database.ts'
import { createDeskStore } from '../../../../bridge/store/desk-store.ts'
import { createDueStore } from '../../../../bridge/store/due-store.ts'
import { createInstanceStore } from '../../../../bridge/store/instance-store.ts'
import { createMessageStore } from '../../../../bridge/store/message-store.ts'
import { createNoticeStore } from '../../../../bridge/store/notice-store.ts'
import { createPageStore, type PageMessage } from '../../../../bridge/store/page-store.ts'
import { createParkedRetry } from '../../../../bridge/store/parked-retry.ts'
import { createParkedStore } from '../../../../bridge/store/parked-store.ts'
import { createQuotaStore } from '../../../../bridge/store/quota-store.ts'
import { createReplyStore } from '../../../../bridge/store/reply-store.ts'
import { createRetentionStore } from '../../../../bridge/store/retention-store.ts'
import { createSyncStore } from '../../../../bridge/store/sync-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const ACCOUNT = 'wkAAA'
const CONV = `${ACCOUNT}:wm1`
const DUE = { graceMs: 2000, againMs: 15_000 }
const TIMES = { burstQuietMs: 0, burstMaxWaitMs: 0, leaseMs: 60_000, parseWaitMs: 20_000, ...DUE }
const BIG_TABLES = /\b(message|conversation|reply|reply_part|parked)\b/

/** Runs once in an hour, at an end, or after a jump of the clock; a hundred thousand customers are read in a few hundredths of a second. */
const RARE = [
  /^update conversation set lease = '', lease_until = 0, wake = due/,
  /where dirty <= answered and lease_until/,
  // A customer's data, shown to them; the index is there, and not worth it where nearly all entries are one customer's.
  /^select at, reason, body from parked where conv/,
]

const OPENING = {
  answerer: '',
  usage: { model: '', inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
  latencyMs: 0,
  costMicros: 0,
  sources: [],
  contents: [{ type: 'text' as const, text: 'begun' }],
  isOpen: true,
}

/** Each statement with the values that it was last run with. */
type Seen = Map<string, SqlValue[]>

function recording(database: Database, seen: Seen): Database {
  const record = (target: Sql): Sql => ({
    all: (text, ...values) => {
      seen.set(text, values)
      return target.all(text, ...values)
    },
    run: (text, ...values) => {
      seen.set(text, values)
      return target.run(text, ...values)
    },
  })
  return {
    ...database,
    ...record(database),
    transaction: (work) => database.transaction((sql) => work(record(sql))),
  }
}

let lastId = 0

function message(over: Partial<PageMessage> = {}): PageMessage {
  lastId += 1
  const content = { text: `text ${lastId}`, title: '' }
  const base = { msgid: `m${lastId}`, externalUserId: 'wm1', origin: 3, type: 'text', raw: '{}', role: 'live' as const }
  return { ...base, sendTime: Date.now(), content, ...over }
}

function withoutContent({ content: _, ...rest }: PageMessage): PageMessage {
  return rest
}

/** What the service desk does, and what becomes of its notices. */
async function runDesk(database: Database, pull: (entries: PageMessage[]) => Promise<void>): Promise<void> {
  const desk = createDeskStore(database, DUE)
  const notices = createNoticeStore(database)
  const content = { type: 'text' as const, text: 'x' }
  const expiresAt = Date.now() + 60_000
  const onCode = { channel: 'on_event' as const, code: 'c', expiresAt, content }
  const counted = { ...onCode, channel: 'notice' as const, code: '' }
  const entered = { origin: 4, type: 'event', role: 'event' as const }
  await pull([message({ ...entered, notice: onCode }), message({ ...entered, notice: counted })])
  for (const { key } of await createDueStore(database, DUE).take(['notice'])) {
    const claim = await notices.claim(key, 'n', 60_000)
    if (claim === undefined) continue
    await notices.renew(claim, 60_000)
    await notices.markSending(claim, '{}')
    await notices.postpone(claim, 0, 'x', true)
    const again = (await notices.claim(key, 'n', 60_000)) ?? claim
    await (key < '8' ? notices.markFailed(again, 'x') : notices.markSent(again))
    await notices.release(again)
  }
  const change = { conv: CONV, openKfId: ACCOUNT, state: 3, servicerUserId: 's', cause: 'x' }
  await desk.recordGiven(change, { ...onCode, code: 'd' })
  await desk.recordEnded({ ...change, state: 4 }, { ...onCode, code: 'e' })
  await desk.read(CONV)
  await desk.recent(CONV, 10)
  await desk.hush(CONV, ACCOUNT, 1)
  await desk.note(CONV, ACCOUNT, 1)
  await desk.usage(ACCOUNT, Date.now() - 60_000)
  await desk.servicerTurns(ACCOUNT)
  await desk.waiting(ACCOUNT)
  await desk.leaveMessage(CONV, 'x', '')
  await desk.rate({ id: 'r', conv: CONV, openKfId: ACCOUNT, score: 1, label: 'x' })
  const window = { after: Date.now() - 3_600_000, before: Date.now() }
  await desk.idle(ACCOUNT, window)
  await desk.idle(ACCOUNT, { ...window, warnedBefore: Date.now() })
  await desk.warn(CONV, ACCOUNT, 1, counted)
  const data = createCustomerDataStore(database, (conv) => conv)
  await data.export('wm1')
  await data.erase('wmNobody')
}

/** One of everything that the stores can do. */
async function runEverything(database: Database): Promise<void> {
  const sync = createSyncStore(database, DUE)
  const pages = createPageStore(database, TIMES)
  const conversations = createConversationStore(database, { parseWaitMs: 20_000, ...DUE })
  const messages = createMessageStore(database, TIMES)
  const replies = createReplyStore(database, DUE)
  const parked = createParkedStore(database)
  const due = createDueStore(database, DUE)

  let cursor = 0
  const pull = async (entries: PageMessage[]) => {
    await sync.wantAll([ACCOUNT])
    const claim = await sync.claim(ACCOUNT, 'l', 60_000)
    if (claim === undefined) throw new Error('the account is not due')
    await sync.renew(claim, 60_000)
    cursor += 1
    await pages.save(claim, { openKfId: ACCOUNT, messages: entries, nextCursor: String(cursor), hasMore: false })
    await sync.finish(claim)
  }
  const claimConversation = async () => {
    const claim = await conversations.claim(CONV, 'r', 60_000)
    if (claim === undefined) throw new Error('the conversation is not due')
    return claim
  }
  const event = (effect: NonNullable<PageMessage['effect']>) =>
    message({ origin: 4, type: 'event', role: 'event', effect })

  await sync.acceptNudge({ openKfId: '*', token: 't', createTime: 1 })
  await sync.acceptEvent({ name: 'x', createTime: 1, addedOpenKfIds: [ACCOUNT], removedOpenKfIds: ['wkBBB'] })
  await sync.longestUnpulled(0)
  const slow = withoutContent(message())
  const hopeless = withoutContent(message())
  await pull([message(), slow, hopeless, message({ role: 'stale' })])
  await due.take(['fetch', 'parse', 'reply'])
  await due.backlog()
  await messages.restartWait(CONV, 0)
  await messages.makeProvisional(CONV, { text: '', title: '' })
  let claim = await claimConversation()
  await conversations.renew(claim, 60_000)
  await conversations.reload(claim)
  await conversations.remember(CONV, claim.parsed, 60)
  await conversations.countDiscarded(claim)
  const answer = async (texts: string[]) => {
    const usage = { model: '', inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
    const range = { fromSeq: claim.answered + 1, uptoSeq: claim.parsed }
    const reply = {
      ...range,
      answerer: '',
      usage,
      latencyMs: 0,
      contents: texts.map((text) => ({ type: 'text' as const, text })),
      costMicros: 0,
      sources: [],
      parked: { stage: 'reply', reason: 'x', body: '' },
    }
    await replies.save((await conversations.reload(claim)) ?? claim, reply, true)
  }
  claim = (await conversations.reload(claim)) ?? claim
  await answer(['one', 'two', 'three'])
  const take = async () => {
    const part = await replies.nextUnsent(CONV)
    if (part === undefined) throw new Error('no part is unsent')
    await replies.markSending(claim, part)
    return part
  }
  const one = await take()
  await replies.markSent(one, one.msgid)
  const second = await replies.renameMsgid(claim, await take())
  if (second === undefined) throw new Error('the part is gone')
  await replies.postponePart(claim, second, { inDoubt: false, delayMs: 0, reason: '', countAttempt: true })
  await replies.markRefused(claim, second, 'failed', 'x')
  const begun = await replies.save(
    (await conversations.reload(claim)) ?? claim,
    { ...OPENING, fromSeq: 99, uptoSeq: 99 },
    true,
  )
  if (begun === undefined) throw new Error('the answer was not stored')
  await replies.findOpen(begun.id)
  const { isOpen: _, ...whole } = OPENING
  const ended = await replies.append(claim, begun.id, { contents: whole.contents, end: { ...whole, handOver: 'x' } })
  const step = ended?.parts.at(-1)
  if (step === undefined) throw new Error('the step is gone')
  await replies.postponeStep(claim, step, 0, 'x')
  await replies.finishHandOver(claim, step, { isHandedOver: false, contents: [], parked: 'x' })
  const { version = 0 } = (await conversations.readForSummary(CONV)) ?? {}
  await conversations.saveSummary(CONV, { summary: 's', uptoSeq: 1, version })
  for (const { msgid } of [slow, hopeless]) {
    const read = await messages.claim(msgid, 'p', 60_000)
    if (read === undefined) throw new Error('the message is not due')
    await messages.renew(read, 60_000)
    await messages.postpone(read, 0, 'x', true)
    const again = await messages.claim(msgid, 'p', 60_000)
    if (again === undefined) throw new Error('the message is not due')
    if (msgid === slow.msgid) await messages.saveParsed(again, { text: 'late', title: '' })
    else await messages.park(again, 'x', { text: '', title: '' })
  }
  await conversations.advanceUnanswered(claim, claim.parsed)
  await conversations.giveToPerson(claim)
  await conversations.takeBack(claim)
  await conversations.postpone(claim, 0, 'x', true)
  await conversations.release(claim)
  await pull([
    event({ kind: 'recall', msgid: slow.msgid }),
    event({ kind: 'desk', desk: 'person' }),
    event({ kind: 'desk', desk: 'bot' }),
    event({ kind: 'send-failed', msgid: second.msgid, reason: 'x' }),
    message({ externalUserId: '' }),
  ])
  const quota = createQuotaStore(database)
  await quota.reserve(CONV)
  await quota.refund(CONV)

  await runDesk(database, pull)
  const retry = createParkedRetry(database)
  for (const entry of await parked.list(100)) {
    await parked.context(entry)
    await parked.find(entry.id)
    await retry(entry.id)
    await parked.close(entry.id)
  }
  await parked.countOpen()

  const retention = createRetentionStore(database, { batchRows: 10 })
  for (const step of Object.values(retention)) await step({ at: 0, key: '' }, database.now() + 5 * 86_400_000)
  const clock = createClockStore(database, { maxAheadMs: 1e6 })
  await clock.follow({ byMs: -100_000, lastNow: database.now(), sinceMs: 10 })
  await clock.clamp()
  const deps = { database, host: 'h', isAlive: () => false }
  await createInstanceStore({ ...deps, pid: 1 }).register()
  await createInstanceStore({ ...deps, pid: 2 }).buryDead()
}

/** Enough idle rows that a planner has a choice to make. */
async function fill(database: Database): Promise<void> {
  const columns = {
    conversation: ['id, open_kfid, external_userid, created_at', `'f' || i, 'wk', 'f' || i, i`],
    message: [
      'msgid, open_kfid, conv, seq, origin, type, raw, state, send_time, received_at',
      `'f' || i, 'wk', 'f' || i, 1, 3, 'text', '{}', 'parsed', i, i`,
    ],
    reply: ['id, conv, from_seq, upto_seq, state, created_at', `'f' || i, 'f' || i, 1, 1, 'closed', i`],
    reply_part: [
      'msgid, reply_id, conv, upto_seq, no, channel, kind, payload, state, created_at',
      `'f' || i, 'f' || i, 'f' || i, 1, 0, 'send', 'text', '{}', 'sent', i`,
    ],
    parked: ['id, stage, key, reason, at, closed_at', `'f' || i, 'send', 'f' || i, 'x', i, 1`],
  }
  for (const [table, [names, values]] of Object.entries(columns)) {
    await database.run(
      `insert into ${table} (${names})
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000) select ${values} from n`,
    )
  }
  await database.run('analyze')
}

/** Lines of the plan that read a big table whole. */
async function fullScans(engine: Engine, database: Database, text: string, values: SqlValue[]): Promise<string[]> {
  if (engine === 'sqlite') {
    const rows = await database.all<{ detail: string }>(`explain query plan ${text}`)
    return rows
      .map(({ detail }) => detail)
      .filter(
        (detail) => detail.startsWith('SCAN') && BIG_TABLES.test(detail) && !/USING (COVERING )?INDEX/.test(detail),
      )
  }
  const rows = await database.all<{ 'QUERY PLAN': string }>(`explain ${text}`, ...values)
  return rows.map((row) => row['QUERY PLAN']).filter((line) => /Seq Scan/.test(line) && BIG_TABLES.test(line))
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`the statements of the stages on ${engine}`, () => {
    it('read no big table from end to end', async () => {
      const { database } = await openTestDatabase(engine)
      await fill(database)
      const seen: Seen = new Map()
      await runEverything(recording(database, seen))
      const planned = [...seen].filter(
        ([text]) => BIG_TABLES.test(text) && !/^\s*insert into \w+ \([^)]*\)\s*values [^;]*$/.test(text),
      )
      expect(planned.length).toBeGreaterThan(60)
      const faults: string[] = []
      for (const [text, values] of planned) {
        if (RARE.some((rare) => rare.test(text))) continue
        const scans = await fullScans(engine, database, text, values)
        if (scans.length > 0) faults.push(`${text.replaceAll(/\s+/g, ' ')} → ${scans.join('; ')}`)
      }
      expect(faults).toEqual([])
    })
  })
}
