import { describe, expect, it } from 'vitest'
import type { Database } from '../../../../bridge/store/database.ts'
import { insertMany } from '../../../../bridge/store/insert-many.ts'
import {
  type Batch,
  createRetentionStore,
  type Place,
  type RetentionStep,
} from '../../../../bridge/store/retention-store.ts'
import { createVendorConversationStore } from '../../../../bridge/store/vendor-conversation-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const DAY_MS = 86_400_000
const HALF_YEAR_MS = 180 * DAY_MS

interface MessageRow {
  msgid: string
  conv?: string | null
  seq?: number
  state?: string
  age: number
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`retention on ${engine}`, () => {
    async function open(batchRows = 500) {
      const { database } = await openTestDatabase(engine)
      return { database, retention: createRetentionStore(database, { batchRows }), ...toSeeds(database) }
    }

    function toSeeds(database: Database) {
      const now = database.now()
      return {
        now,
        messages: (rows: readonly MessageRow[]) =>
          insertMany(
            database,
            'message',
            [
              'msgid',
              'open_kfid',
              'conv',
              'seq',
              'origin',
              'type',
              'raw',
              'text',
              'title',
              'state',
              'send_time',
              'received_at',
            ],
            rows.map(({ msgid, conv = 'wk:a', seq = 1, state = 'parsed', age }) => [
              ...[msgid, 'wk', conv, conv === null ? null : seq, 3, 'text', 'raw', 'text', 'title', state],
              ...[now - age, now - age],
            ]),
          ),
        conversation: (id: string, over: { dirty?: number; answered?: number; age?: number } = {}) =>
          database.run(
            `insert into conversation (id, open_kfid, external_userid, last_seq, dirty, answered, created_at, last_customer_at)
             values (?1, 'wk', 'a', 9, ?2, ?3, ?4, ?4)`,
            id,
            over.dirty ?? 0,
            over.answered ?? 0,
            now - (over.age ?? HALF_YEAR_MS + DAY_MS),
          ),
        reply: async (id: string, conv: string, age: number, state = 'sent') => {
          await database.run(
            `insert into reply (id, conv, from_seq, upto_seq, state, created_at) values (?1, ?2, 1, 1, 'closed', ?3)`,
            id,
            conv,
            now - age,
          )
          await database.run(
            `insert into reply_part (msgid, reply_id, conv, upto_seq, no, channel, kind, payload, state, created_at)
             values (?1, ?2, ?3, 1, 0, 'send', 'text', '{}', ?4, ?5)`,
            `part-${id}`,
            id,
            conv,
            state,
            now - age,
          )
        },
        lonePart: (msgid: string, age: number, state: string) =>
          database.run(
            `insert into reply_part (msgid, conv, upto_seq, no, channel, kind, payload, state, created_at)
             values (?1, 'wk:w', 1, 0, 'on_event', 'text', '{}', ?2, ?3)`,
            msgid,
            state,
            now - age,
          ),
        parked: (id: string, age: number, isClosed: boolean) =>
          database.run(
            `insert into parked (id, stage, key, reason, body, at, closed_at) values (?1, 'send', 'k', 'r', 'words', ?2, ?3)`,
            id,
            now - age,
            isClosed ? 1 : 0,
          ),
        ids: async (table: string, key: string) =>
          (await database.all<{ id: string }>(`select ${key} as id from ${table} order by ${key}`)).map(({ id }) => id),
      }
    }

    async function runAll(step: RetentionStep, before: number): Promise<number> {
      let removed = 0
      let place: Place | undefined
      do {
        const batch: Batch = await step(place, before)
        removed += batch.removed
        place = batch.next
      } while (place !== undefined)
      return removed
    }

    it('deletes messages that are too old and no others', async () => {
      const { retention, now, messages, ids } = await open()
      await messages([
        { msgid: 'old', seq: 1, age: HALF_YEAR_MS + 1 },
        { msgid: 'of-nobody', conv: null, age: HALF_YEAR_MS + 1 },
        { msgid: 'young', seq: 2, age: HALF_YEAR_MS - 1000 },
      ])
      expect(await runAll(retention.messages, now - HALF_YEAR_MS)).toBe(2)
      expect(await ids('message', 'msgid')).toEqual(['young'])
    })

    it('only empties messages that the platform could still replay', async () => {
      const { database, retention, now, messages, ids } = await open()
      await messages([
        { msgid: 'a-five-days', seq: 1, age: 5 * DAY_MS },
        { msgid: 'b-three-days', seq: 2, age: 3 * DAY_MS },
        { msgid: 'c-today', seq: 3, age: 1000 },
      ])
      const before = now - DAY_MS
      expect(await runAll(retention.messages, before)).toBe(1)
      expect(await runAll(retention.contents, before)).toBe(1)
      expect(await ids('message', 'msgid')).toEqual(['b-three-days', 'c-today'])
      expect(await database.all('select raw, text, title from message order by seq')).toEqual([
        { raw: '', text: '', title: '' },
        { raw: 'raw', text: 'text', title: 'title' },
      ])
    })

    it('empties a message once, however often it looks', async () => {
      const { retention, now, messages } = await open()
      await messages([{ msgid: 'm', age: 2 * DAY_MS }])
      expect(await runAll(retention.contents, now - DAY_MS)).toBe(1)
      expect(await runAll(retention.contents, now - DAY_MS)).toBe(0)
    })

    it.each([
      ['has something to answer', { dirty: 2, answered: 1 }, undefined],
      ['has something to send', { dirty: 1, answered: 1 }, 'ready'],
      ['has something on its way', { dirty: 1, answered: 1 }, 'sending'],
    ])('leaves a conversation alone that %s', async (_what, counters, part) => {
      const { retention, now, conversation, messages, reply, ids } = await open()
      const age = HALF_YEAR_MS + DAY_MS
      await conversation('wk:a', counters)
      await messages([{ msgid: 'm', age }])
      await reply('r', 'wk:a', age, part)
      const before = now - HALF_YEAR_MS
      for (const step of [retention.replies, retention.messages, retention.contents]) await runAll(step, before)
      expect(await ids('message', 'msgid')).toEqual(['m'])
      expect(await ids('conversation', 'id')).toEqual(['wk:a'])
      if (part !== undefined) expect(await ids('reply_part', 'msgid')).toEqual(['part-r'])
    })

    it.each(['new', 'provisional'])('leaves a message alone that is %s', async (state) => {
      const { retention, now, messages, ids } = await open()
      await messages([{ msgid: 'm', state, age: HALF_YEAR_MS + 1 }])
      expect(await runAll(retention.messages, now - HALF_YEAR_MS)).toBe(0)
      expect(await ids('message', 'msgid')).toEqual(['m'])
    })

    it('forgets a customer with the last that is left of them', async () => {
      const { retention, now, conversation, messages, reply, ids } = await open()
      const age = HALF_YEAR_MS + DAY_MS
      await conversation('wk:gone')
      await conversation('wk:back', { age: 1000 })
      await messages([
        { msgid: 'm1', conv: 'wk:gone', age },
        { msgid: 'm2', conv: 'wk:back', age },
      ])
      await reply('r1', 'wk:gone', age)
      const before = now - HALF_YEAR_MS
      expect(await runAll(retention.replies, before)).toBe(1)
      expect(await ids('conversation', 'id')).toEqual(['wk:back', 'wk:gone'])
      await runAll(retention.messages, before)
      expect(await ids('conversation', 'id')).toEqual(['wk:back'])
    })

    it('deletes answers with their parts, and parts of no answer', async () => {
      const { retention, now, reply, lonePart, ids } = await open()
      await reply('old', 'wk:a', HALF_YEAR_MS + 1)
      await reply('young', 'wk:b', 1000)
      await lonePart('w-old', HALF_YEAR_MS + 1, 'sent')
      await lonePart('w-ready', HALF_YEAR_MS + 1, 'ready')
      await lonePart('w-young', 1000, 'sent')
      await runAll(retention.loneParts, now - HALF_YEAR_MS)
      expect(await ids('reply_part', 'msgid')).toEqual(['part-old', 'part-young', 'w-ready', 'w-young'])
      expect(await runAll(retention.replies, now - HALF_YEAR_MS)).toBe(1)
      expect(await ids('reply', 'id')).toEqual(['young'])
      expect(await ids('reply_part', 'msgid')).toEqual(['part-young', 'w-ready', 'w-young'])
    })

    it('forgets what a conversation was about that was summed up long ago', async () => {
      const { database, retention, now, conversation } = await open()
      for (const [id, age] of [
        ['old', HALF_YEAR_MS + 1],
        ['young', 1000],
      ] as const) {
        await conversation(id)
        await database.run(
          `update conversation set summary = 'words', summary_seq = 3, summary_at = ?1 where id = ?2`,
          now - age,
          id,
        )
      }
      expect(await runAll(retention.summaries, now - HALF_YEAR_MS)).toBe(1)
      expect(await database.all('select id, summary, summary_seq from conversation order by id')).toEqual([
        { id: 'old', summary: '', summary_seq: 0 },
        { id: 'young', summary: 'words', summary_seq: 3 },
      ])
    })

    it('deletes closed entries and keeps open ones without what they quote', async () => {
      const { database, retention, now, parked } = await open()
      await parked('closed-old', HALF_YEAR_MS + 1, true)
      await parked('closed-young', 1000, true)
      await parked('open-old', HALF_YEAR_MS + 1, false)
      await parked('open-young', 1000, false)
      expect(await runAll(retention.closedEntries, now - HALF_YEAR_MS)).toBe(1)
      expect(await runAll(retention.openEntries, now - HALF_YEAR_MS)).toBe(1)
      expect(await database.all('select id, body from parked order by id')).toEqual([
        { id: 'closed-young', body: 'words' },
        { id: 'open-old', body: '' },
        { id: 'open-young', body: 'words' },
      ])
    })

    it('forgets as whom a vendor knows a customer who was silent for long', async () => {
      const { database, retention, now } = await open(2)
      const known = createVendorConversationStore(database)
      for (const key of ['a', 'b', 'c']) {
        await known.save(key, 'dify', { id: `${key}-1`, seenSeq: 1 })
        await known.save(key, 'langgraph', { id: `${key}-2`, seenSeq: 1 })
      }
      await database.run(
        'update vendor_conversation set at = ?1 where conversation_key <> ?2',
        now - HALF_YEAR_MS - 1,
        'b',
      )
      expect(await runAll(retention.vendorConversations, now - HALF_YEAR_MS)).toBe(4)
      expect(await database.all('select distinct conversation_key as key from vendor_conversation')).toEqual([
        { key: 'b' },
      ])
    })

    it('deletes hand-overs and ratings when they are too old, and a desk with its conversation', async () => {
      const { database, retention, now, ids } = await open(2)
      for (const [id, age] of [
        ['old', HALF_YEAR_MS + 1],
        ['older', HALF_YEAR_MS + 2],
        ['young', DAY_MS],
      ] as const) {
        await database.run(
          `insert into desk_change (id, conv, open_kfid, state, cause, at) values (?1, 'c', 'wk', 3, 'x', ?2)`,
          id,
          now - age,
        )
        await database.run(
          `insert into rating (id, conv, open_kfid, score, label, at) values (?1, 'c', 'wk', 3, 'x', ?2)`,
          id,
          now - age,
        )
      }
      expect(await runAll(retention.deskChanges, now - HALF_YEAR_MS)).toBe(2)
      expect(await runAll(retention.ratings, now - HALF_YEAR_MS)).toBe(2)
      expect([await ids('desk_change', 'id'), await ids('rating', 'id')]).toEqual([['young'], ['young']])
    })

    it('deletes what processes left behind that ended long ago', async () => {
      const { database, retention, now, ids } = await open()
      for (const [id, age] of [
        ['dead', 31 * DAY_MS],
        ['long-lived', 31 * DAY_MS],
        ['young', DAY_MS],
      ] as const) {
        await database.run('insert into instance (id, host, pid, started_at) values (?1, ?1, 1, ?2)', id, now - age)
      }
      const lease = (name: string, holder: string, until: number) =>
        database.run('insert into lease (name, holder, until) values (?1, ?2, ?3)', name, holder, until)
      await lease('relay', 'long-lived', now + 20_000)
      await lease('sweeper:dead', 'dead', now - 2 * DAY_MS)
      await lease('sweeper', 'young', now - 1000)
      expect(await retention.processes()).toEqual({ removed: 2, next: undefined })
      expect(await ids('instance', 'id')).toEqual(['long-lived', 'young'])
      expect(await ids('lease', 'name')).toEqual(['relay', 'sweeper'])
    })

    it('goes on from where a batch ended, also among rows of the same time', async () => {
      const { retention, now, messages, ids } = await open(10)
      const age = HALF_YEAR_MS + 1
      await messages(Array.from({ length: 95 }, (_, index) => ({ msgid: `m${index}`, seq: index, age })))
      const sizes: number[] = []
      for (let place: Place | undefined | null = null; place !== undefined; ) {
        const batch: Batch = await retention.messages(place ?? undefined, now - HALF_YEAR_MS)
        sizes.push(batch.removed)
        place = batch.next
      }
      expect(sizes).toEqual([...Array.from({ length: 9 }, () => 10), 5])
      expect(await ids('message', 'msgid')).toEqual([])
    })

    it('costs the same for each batch of a hundred thousand messages, also behind many that are left alone', async () => {
      const { database, retention, now, conversation, ids } = await open()
      const count = 100_000
      const alone = 20_000
      await conversation('wk:waits', { dirty: 2, answered: 1 })
      await database.transaction(async (sql) => {
        const insert = toSeeds({ ...database, ...sql }).messages
        for (let done = 0; done < count; done += 1000) {
          await insert(
            Array.from({ length: 1000 }, (_, index) => {
              const seq = done + index
              const conv = seq < alone ? 'wk:waits' : `wk:${seq % 1000}`
              return { msgid: `m${seq}`, conv, seq, age: HALF_YEAR_MS + DAY_MS + (count - seq) * 10 }
            }),
          )
        }
      })
      const times: number[] = []
      let removed = 0
      let place: Place | undefined
      do {
        const startedAt = performance.now()
        const batch: Batch = await retention.messages(place, now - HALF_YEAR_MS)
        times.push(performance.now() - startedAt)
        removed += batch.removed
        place = batch.next
      } while (place !== undefined)
      expect(removed).toBe(count - alone)
      expect(times.length).toBeLessThanOrEqual(count / 500 + 1)
      const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
      const [early, late] = [median(times.slice(45, 85)), median(times.slice(-40))]
      console.log(`${engine}: a batch of 500 took ${early.toFixed(1)} ms early and ${late.toFixed(1)} ms late`)
      expect(late).toBeLessThan(early * 4 + 20)
      // The second look finds what was left alone, and nothing else.
      expect(await runAll(retention.messages, now - HALF_YEAR_MS)).toBe(0)
      expect((await ids('message', 'msgid')).length).toBe(alone)
    }, 120_000)
  })
}
