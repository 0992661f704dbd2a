import { describe, expect, it } from 'vitest'
import { createAlertStore } from '../../../../bridge/store/alert-store.ts'
import { createAsrFaultStore } from '../../../../bridge/store/asr-fault-store.ts'
import type { Database, SqlValue } from '../../../../bridge/store/database.ts'
import { createHealthStore } from '../../../../bridge/store/health-store.ts'
import { createSpendStore } from '../../../../bridge/store/spend-store.ts'
import { createStoryStore } from '../../../../bridge/store/story-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const CONV = 'wk1:wm1'

async function insert(database: Database, table: string, row: Record<string, SqlValue>): Promise<void> {
  const names = Object.keys(row)
  const places = names.map((_, index) => `?${index + 1}`)
  await database.run(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, ...Object.values(row))
}

/** Two messages with one answer of two parts, one of which failed and is parked. */
async function fill(database: Database): Promise<void> {
  await insert(database, 'conversation', {
    ...{ id: CONV, open_kfid: 'wk1', external_userid: 'wm1', created_at: 1 },
    ...{ last_seq: 3, dirty: 3, parsed: 3, answered: 2, attempts: 2, last_error: 'answer.unavailable', due: 900 },
  })
  for (const seq of [1, 2, 3]) {
    await insert(database, 'message', {
      ...{
        msgid: `m${seq}`,
        open_kfid: 'wk1',
        conv: CONV,
        seq,
        origin: 3,
        type: 'text',
        raw: '{}',
        text: `words ${seq}`,
      },
      ...{ state: 'parsed', send_time: 100, received_at: 200, parsed_at: seq === 2 ? 250 : 0 },
    })
  }
  await insert(database, 'reply', {
    ...{ id: 'r1', conv: CONV, from_seq: 1, upto_seq: 2, state: 'closed', answerer: 'deepseek', model: 'flash' },
    ...{ input_tokens: 10, output_tokens: 5, cost_micros: 3_000_000_000, latency_ms: 100, created_at: 400 },
  })
  const part = {
    reply_id: 'r1',
    conv: CONV,
    upto_seq: 2,
    channel: 'send',
    kind: 'text',
    payload: '{}',
    created_at: 400,
  }
  await insert(database, 'reply_part', { ...part, msgid: 'p0', no: 0, state: 'sent', sent_at: 500 })
  await insert(database, 'reply_part', { ...part, msgid: 'p1', no: 1, state: 'failed', err: 'wecom.refused 40201' })
  await insert(database, 'parked', { id: 'k1', stage: 'send', key: 'p1', conv: CONV, reason: 'x', at: 600 })
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`on ${engine}`, () => {
    it('what calls have cost is added up, by many at once', async () => {
      const { database } = await openTestDatabase(engine)
      const store = createSpendStore(database)
      const row = (openKfId: string, purpose: string) => ({
        ...{ day: '2026-11-22', openKfId, purpose, model: 'flash', calls: 1, unpriced: purpose === 'answer' ? 0 : 1 },
        ...{ inputTokens: 3_000_000_000, cachedTokens: 1, outputTokens: 2, soundMs: 3, costMicros: 3_000_000_000 },
      })
      const both = [row('wk1', 'rewrite'), row('wk1', 'answer'), row('', 'index')]
      await Promise.all(Array.from({ length: 20 }, (_, no) => store.add(no % 2 === 0 ? both : both.toReversed())))
      expect(await store.ofDay('2026-11-22', 'wk1')).toEqual({ costMicros: 120_000_000_000, unpriced: 20 })
      expect(await store.ofDay('2026-11-23', 'wk1')).toEqual({ costMicros: 0, unpriced: 0 })
      expect(await store.since('2026-11-22')).toMatchObject([
        { openKfId: '', purpose: 'index', calls: 20 },
        { openKfId: 'wk1', purpose: 'answer', calls: 20, unpriced: 0, inputTokens: 60_000_000_000 },
        { openKfId: 'wk1', purpose: 'rewrite', calls: 20, unpriced: 20 },
      ])
      expect(await store.since('2026-11-23')).toEqual([])
    })

    it('a message has its story, by its own id and by that of its answer', async () => {
      const { database } = await openTestDatabase(engine)
      await fill(database)
      const stories = createStoryStore(database)
      for (const msgid of ['m2', 'p0', 'p1']) {
        const story = await stories.read(msgid)
        expect(story).toMatchObject({
          message: { msgid: 'm2', receivedAt: 200, parsedAt: 250 },
          replies: [{ id: 'r1', answerer: 'deepseek', costMicros: 3_000_000_000 }],
          parts: [
            { msgid: 'p0', state: 'sent', sentAt: 500 },
            { msgid: 'p1', state: 'failed', err: 'wecom.refused 40201' },
          ],
          parked: [{ id: 'k1', stage: 'send' }],
        })
        expect(story?.waiting).toBeUndefined()
      }
      expect(await stories.read('m3')).toMatchObject({
        replies: [],
        waiting: { attempts: 2, lastError: 'answer.unavailable', due: 900 },
      })
      expect(await stories.read('nobody')).toBeUndefined()
    })

    it('answers are traced in order, once they are settled', async () => {
      const { database } = await openTestDatabase(engine)
      await fill(database)
      const stories = createStoryStore(database)
      const begin = { at: 0, id: '' }
      expect((await stories.settledReplies(begin, 1000, 10)).map(({ id }) => id)).toEqual(['r1'])
      expect(await stories.oldestUnsettled(begin)).toBeUndefined()
      expect(await stories.settledReplies({ at: 400, id: 'r1' }, 1000, 10)).toEqual([])
      expect(await stories.settledReplies(begin, 399, 10)).toEqual([])
      await database.run(`update reply_part set state = 'sending' where msgid = 'p1'`)
      expect(await stories.settledReplies(begin, 1000, 10)).toEqual([])
      expect(await stories.oldestUnsettled(begin)).toBe(400)
    })

    it('what is wrong and what was spent are numbers', async () => {
      const { database } = await openTestDatabase(engine)
      await fill(database)
      const health = createHealthStore(database)
      expect(await health.answerFaults()).toEqual([{ reason: 'answer.unavailable', count: 1 }])
      expect(await health.platformFaults()).toEqual([])
      await database.run(`update reply_part set state = 'sending' where msgid = 'p1'`)
      await insert(database, 'sync_state', { open_kfid: 'wk1', wanted: 1, done: 0, last_error: 'wecom.refused 60020' })
      expect((await health.platformFaults()).toSorted((one, other) => (one.reason < other.reason ? -1 : 1))).toEqual([
        { reason: 'wecom.refused 40201', count: 1 },
        { reason: 'wecom.refused 60020', count: 1 },
      ])
      expect(await health.answers(400)).toEqual([{ openKfId: 'wk1', count: 1 }])
      expect(await health.answers(401)).toEqual([])
      expect([await health.answeredSince(400), await health.answeredSince(401)]).toEqual([400, undefined])
      expect(await health.heldParts()).toBe(0)
      await database.run(`update reply_part set state = 'held' where msgid = 'p1'`)
      expect(await health.heldParts()).toBe(1)
    })

    it('a refusal of speech recognition lasts until a recording is taken, a day at most', async () => {
      const clock = { movedMs: 0 }
      const { database } = await openTestDatabase(engine)
      const now = () => database.now() + clock.movedMs
      const [mine, other] = [database, { ...database, now }].map(createAsrFaultStore)
      if (mine === undefined || other === undefined) throw new Error('no stores')
      expect(await other.read()).toBeUndefined()
      await mine.note(401)
      expect(await other.read()).toEqual({ status: 401 })
      await mine.note(undefined)
      expect(await other.read()).toBeUndefined()
      await mine.note(undefined)
      await mine.note(402)
      clock.movedMs = 24 * 3_600_000
      expect([await mine.read(), await other.read()]).toEqual([{ status: 402 }, undefined])
    })

    it('an alert opens once until it has been closed', async () => {
      const { database } = await openTestDatabase(engine)
      const alerts = createAlertStore(database)
      expect([await alerts.add('a', '{}'), await alerts.add('a', '{"later":1}')]).toEqual([true, false])
      expect((await alerts.open()).map(({ key, body }) => [key, body])).toEqual([['a', '{}']])
      const [untold] = await alerts.untold()
      if (untold === undefined) throw new Error('nothing to tell')
      await alerts.postpone(untold, 60_000)
      expect(await alerts.untold()).toEqual([])
      await alerts.markTold(untold)
      expect([await alerts.close('a'), await alerts.close('a')]).toEqual([true, false])
      expect((await alerts.untold()).map(({ closedAt }) => closedAt > 0)).toEqual([true])
      expect(await alerts.add('a', '{}')).toBe(true)
    })
  })
}
