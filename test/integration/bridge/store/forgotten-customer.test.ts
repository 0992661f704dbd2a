/** Whoever is forgotten is looked for in every column of every table, also in tables that nobody thought of. */
import { describe, expect, it } from 'vitest'
import { toConversationId } from '../../../../bridge/store/conversation-id.ts'
import { createCustomerDataStore } from '../../../../bridge/store/customer-data-store.ts'
import type { Database, SqlValue } from '../../../../bridge/store/database.ts'
import { type Column, fillEveryTable } from '../../../support/fill-every-table.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

const CUSTOMER = 'wmForgotten'
const CONV = toConversationId('wk1', CUSTOMER)

/** What belongs together is called alike; everything else is a text with the customer's id in it. */
const VALUES: Readonly<Record<string, SqlValue>> = {
  'sync_state.open_kfid': 'wk1',
  'conversation.open_kfid': 'wk1',
  'conversation.id': CONV,
  'message.state': 'parsed',
  'message.type': 'text',
  'message.open_kfid': 'wk1',
  'message.lease': 'a-process',
  'message.msgid': 'msg1',
  'message_media.msgid': 'msg1',
  'message_media.hash': 'hash1',
  'media.hash': 'hash1',
  'reply.id': 'r1',
  'reply_part.reply_id': 'r1',
  'reply_part.state': 'sent',
  'reply_part.kind': 'text',
  'vendor_conversation.conversation_key': 'key',
}
const BY_NAME: Readonly<Record<string, SqlValue>> = { conv: CONV, external_userid: CUSTOMER }

/** Tables that say nothing of customers, as docs/personal-data.md has it. */
const OF_NOBODY = [
  ...['alert', 'instance', 'lease', 'media_id', 'meta', 'platform_access', 'rate_pause', 'servicer_turn', 'setting'],
  ...['chunk', 'document', 'knowledge_base', 'knowledge_file', 'knowledge_source', 'spend', 'sync_state'],
]

async function tablesWith(database: Database, tables: ReadonlyMap<string, readonly Column[]>): Promise<string[]> {
  const found: string[] = []
  for (const [table, columns] of tables) {
    for (const { name } of columns.filter(({ isText }) => isText)) {
      const rows = await database.all(`select 1 as one from ${table} where ${name} like ?1`, `%${CUSTOMER}%`)
      if (rows.length > 0) found.push(table)
    }
  }
  return [...new Set(found)].sort()
}

describe.each(ENGINES)('a customer who is forgotten on $engine', ({ engine, isMissing }) => {
  it.skipIf(isMissing())('is in no table any more, neither by word nor by id', async () => {
    const { database } = await openTestDatabase(engine)
    const tables = await fillEveryTable(
      database,
      1,
      (table, column, _row, isText) =>
        VALUES[`${table}.${column}`] ?? BY_NAME[column] ?? (isText ? `${table} ${column} ${CUSTOMER}` : undefined),
    )
    const data = createCustomerDataStore(database, () => 'key')
    expect(await tablesWith(database, tables)).toEqual(expect.arrayContaining(['conversation', 'message', 'parked']))
    expect(JSON.stringify(await data.export(CUSTOMER))).toContain('message text')
    expect(await data.erase(CUSTOMER)).toBe(1)
    expect(await tablesWith(database, tables)).toEqual([...OF_NOBODY].sort())
    // The platform may bring it again for three days: it is still known.
    expect(await database.all('select msgid, conv, text from message')).toEqual([
      { msgid: 'msg1', conv: null, text: '' },
    ])
    expect(await data.export(CUSTOMER)).toBeUndefined()
    expect(await data.erase(CUSTOMER)).toBe(0)
  })

  it.skipIf(isMissing())('keeps the id while an answer is on its way, and loses it the next time', async () => {
    const { database } = await openTestDatabase(engine)
    await fillEveryTable(database, 1, (table, column) => VALUES[`${table}.${column}`] ?? BY_NAME[column])
    const data = createCustomerDataStore(database, () => 'key')
    await database.run(`update conversation set lease = 'somebody', lease_until = ?1`, database.now() + 60_000)
    expect(await data.erase(CUSTOMER)).toBe(1)
    expect(await database.all('select text, raw from message')).toEqual([{ text: '', raw: '' }])
    expect(await database.all('select external_userid as id from conversation')).toEqual([{ id: CUSTOMER }])
    await database.run('update conversation set lease_until = 0')
    expect(await data.erase(CUSTOMER)).toBe(1)
    expect(await database.all('select id from conversation')).toEqual([])
  })
})
