import { describe, expect, it } from 'vitest'
import type { Database, SqlValue } from '../../../../bridge/store/database.ts'
import { createOverviewStore } from '../../../../bridge/store/overview-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

async function insert(database: Database, table: string, row: Record<string, SqlValue>): Promise<void> {
  const names = Object.keys(row)
  const places = names.map((_, index) => `?${index + 1}`)
  await database.run(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, ...Object.values(row))
}

/** One message and the answer to it. */
async function answer(database: Database, id: string, at: number, states: readonly string[] = []): Promise<string> {
  const conv = `wk1:${id}`
  await insert(database, 'conversation', { id: conv, open_kfid: 'wk1', external_userid: id, created_at: at })
  await insert(database, 'message', {
    ...{ msgid: `m-${id}`, open_kfid: 'wk1', conv, seq: 1, origin: 3, type: 'text', raw: '{}', text: '很私密的话' },
    ...{ state: 'done', send_time: at - 2000, received_at: at - 1000 },
  })
  await insert(database, 'reply', {
    ...{ id: `r-${id}`, conv, from_seq: 1, upto_seq: 1, state: 'closed', answerer: 'knowledge', created_at: at },
  })
  for (const [no, state] of states.entries()) {
    await insert(database, 'reply_part', {
      ...{ msgid: `p-${id}-${no}`, reply_id: `r-${id}`, conv, upto_seq: 1, no, channel: 'send', kind: 'text' },
      ...{ payload: '{}', state, sent_at: state === 'sent' ? at + 200 : 0, created_at: at },
    })
  }
  return conv
}

describe.each(ENGINES)('the overview on $engine', ({ engine, isMissing }) => {
  it.skipIf(isMissing())('tells how the last answers went, the newest first', async () => {
    const { database } = await openTestDatabase(engine)
    const overview = createOverviewStore(database)
    await answer(database, 'old', 1_000)
    await answer(database, 'sent', 2_000, ['sent', 'sent'])
    await answer(database, 'stuck', 3_000, ['sent', 'ready', 'held', 'failed'])
    const given = await answer(database, 'given', 4_000)
    await insert(database, 'desk_change', {
      id: 'd',
      conv: given,
      open_kfid: 'wk1',
      state: 3,
      cause: 'no-answer',
      at: 4_050,
    })
    const parked = await answer(database, 'parked', 5_000)
    const entry = { id: 'e', stage: 'reply', key: 'k', conv: parked, reason: 'answer.account', at: 5_000 }
    await insert(database, 'parked', entry)
    const went = { waiting: 0, held: 0, failed: 0, handedOver: 0, parked: 0 }
    const common = { openKfId: 'wk1', answerer: 'knowledge', sentAt: 0, ...went }
    expect(await overview.lastAnswers(4)).toEqual([
      { ...common, createdAt: 5_000, askedAt: 4_000, parked: 1 },
      { ...common, createdAt: 4_000, askedAt: 3_000, handedOver: 1 },
      { ...common, createdAt: 3_000, askedAt: 2_000, sentAt: 3_200, waiting: 1, held: 1, failed: 1 },
      { ...common, createdAt: 2_000, askedAt: 1_000, sentAt: 2_200 },
    ])
  })

  it.skipIf(isMissing())('lays a hand-over to the last answer before it, not to earlier ones', async () => {
    const { database } = await openTestDatabase(engine)
    const conv = await answer(database, 'c', 1_000, ['sent'])
    await insert(database, 'reply', {
      ...{ id: 'r-2', conv, from_seq: 2, upto_seq: 2, state: 'closed', answerer: 'knowledge', created_at: 5_000 },
    })
    const change = { id: 'd', conv, open_kfid: 'wk1', state: 3, cause: 'no-answer', at: 5_000 }
    await insert(database, 'desk_change', change)
    const answers = await createOverviewStore(database).lastAnswers(2)
    expect(answers.map(({ createdAt, handedOver }) => [createdAt, handedOver])).toEqual([
      [5_000, 1],
      [1_000, 0],
    ])
  })

  it.skipIf(isMissing())('counts what is parked by its reason, without what is closed', async () => {
    const { database } = await openTestDatabase(engine)
    const rows = [
      { id: 'a', reason: 'unreadable', at: 7, closed_at: 0 },
      { id: 'b', reason: 'unreadable', at: 5, closed_at: 0 },
      { id: 'c', reason: 'too-old', at: 6, closed_at: 0 },
      { id: 'd', reason: 'too-old', at: 1, closed_at: 9 },
    ]
    for (const row of rows) await insert(database, 'parked', { stage: 'needs_person', key: row.id, ...row })
    expect(await createOverviewStore(database).parkedReasons(10)).toEqual([
      { stage: 'needs_person', reason: 'unreadable', count: 2, oldestAt: 5 },
      { stage: 'needs_person', reason: 'too-old', count: 1, oldestAt: 6 },
    ])
  })

  it.skipIf(isMissing())('counts who waits in the pool and who is with a person', async () => {
    const { database } = await openTestDatabase(engine)
    for (const [conv, state] of [
      ['a', 0],
      ['b', 2],
      ['c', 3],
      ['d', 3],
    ] as const) {
      await insert(database, 'desk', { conv, open_kfid: 'wk1', state })
    }
    expect(await createOverviewStore(database).withPeople()).toEqual({ pool: 1, person: 2 })
  })

  it.skipIf(isMissing())('names the accounts, and why one can not be pulled', async () => {
    const { database } = await openTestDatabase(engine)
    await insert(database, 'sync_state', { open_kfid: '*' })
    await insert(database, 'sync_state', { open_kfid: 'wk2', pulled_at: 4, last_error: 'wecom.refused 60011' })
    await insert(database, 'sync_state', { open_kfid: 'wk1', pulled_at: 3 })
    expect(await createOverviewStore(database).accounts()).toEqual([
      { openKfId: 'wk1', pulledAt: 3, error: '' },
      { openKfId: 'wk2', pulledAt: 4, error: 'wecom.refused 60011' },
    ])
  })
})
