/**
 * Puts what a backup or another database holds into an empty one, checks the counts, and settles what the old system may have done
 * after the moment of the snapshot. Until all of that is done the database carries a mark with which no bridge starts.
 *
 * What nobody can know is not guessed: a message that the old system may have answered since is neither answered again nor
 * forgotten, but parked for a person. `unsureUntil` says how far that goes.
 */
import { AppError } from '../../../shared/app-error.ts'
import { type Database, first } from '../database.ts'
import { insertMany } from '../insert-many.ts'
import { createMetaStore } from '../meta-store.ts'
import { migrate } from '../migrate.ts'
import { park } from '../parked-store.ts'
import { RESTORING, UNSURE_UNTIL } from './marks.ts'
import type { PortableHeader, PortableSource } from './portable-source.ts'

export interface FillOptions {
  /** Unix ms: until when the old system may have gone on. Undefined when it was at rest, or is known not to have. */
  unsureUntil: number | undefined
  onRows?: (rows: number) => void
  /** Ends it between two batches; the mark stays. */
  signal?: AbortSignal
}

/** How many messages were parked. */
export interface Filled {
  rows: number
  unsure: number
}

/** The clocks of the platform and of the old system may differ by so much. */
const CLOCK_MARGIN_MS = 5000
const CUSTOMER = 3

/** `database` holds the tables of the source's schema and nothing in them. Rejects with `backup.counts` when not all of it arrived, and with
 * the reason of `signal`. */
export async function fillDatabase(
  database: Database,
  source: PortableSource,
  { unsureUntil, onRows, signal }: FillOptions,
): Promise<Filled> {
  const { header } = source
  const meta = createMetaStore(database)
  await database.run('delete from meta')
  await meta.set(RESTORING, String(database.now()))
  const columns = new Map(header.tables.map((table) => [table.name, table.columns]))
  let rows = 0
  for await (const batch of source.batches()) {
    signal?.throwIfAborted()
    await database.transaction((sql) => insertMany(sql, batch.table, columns.get(batch.table) ?? [], batch.rows))
    rows += batch.rows.length
    onRows?.(rows)
  }
  await checkCounts(database, header)
  await freeLeases(database, header)
  const unsure = header.isRunning ? await settleUnsure(database, unsureUntil) : 0
  await migrate(database)
  await meta.remove(RESTORING)
  return { rows, unsure }
}

async function checkCounts(database: Database, header: PortableHeader): Promise<void> {
  for (const table of header.tables) {
    const row = await first(database.all<{ n: number }>(`select count(*) as n from ${table.name}`))
    const found = (row?.n ?? 0) - (table.name === 'meta' ? 1 : 0)
    if (found === table.rows) continue
    throw new AppError('backup.counts', `${table.name} holds ${found} rows instead of ${table.rows}`, {
      retryable: false,
      details: { table: table.name, found, wanted: table.rows },
    })
  }
}

/** Nobody works on anything yet. */
async function freeLeases(database: Database, header: PortableHeader): Promise<void> {
  for (const { name, columns } of header.tables) {
    if (!columns.includes('lease') || !columns.includes('lease_until')) continue
    const wake = columns.includes('wake') ? ', wake = due' : ''
    await database.run(`update ${name} set lease = '', lease_until = 0${wake} where lease_until > 0`)
  }
}

async function settleUnsure(database: Database, unsureUntil: number | undefined): Promise<number> {
  // A part keeps its msgid: if the old system has sent it, the platform refuses it, and that counts as sent.
  await database.run(`update reply_part set in_doubt = 1 where state in ('ready', 'sending')`)
  if (unsureUntil === undefined) return 0
  // What the old system wrote on to an answer that was half sent nobody knows: it stays as it is.
  await database.run(`update reply set state = 'closed' where state = 'open'`)
  await createMetaStore(database).set(UNSURE_UNTIL, String(unsureUntil + CLOCK_MARGIN_MS))
  return database.transaction(async (sql) => {
    const waiting = await sql.all<{ msgid: string; conv: string; raw: string }>(
      `select message.msgid, message.conv, message.raw from message
       join conversation on conversation.id = message.conv
       where conversation.dirty > conversation.answered and message.seq > conversation.answered
         and message.origin = ${CUSTOMER} and message.state not in ('recalled', 'parked')
       order by message.conv, message.seq`,
    )
    for (const { msgid, conv, raw } of waiting) {
      await park(sql, database.now(), { stage: 'needs_person', key: msgid, conv, reason: 'restored', body: raw })
    }
    await sql.run(
      `update message set state = 'unsure' where origin = ${CUSTOMER} and state not in ('recalled', 'parked')
         and exists (select 1 from conversation where conversation.id = message.conv
           and conversation.dirty > conversation.answered and message.seq > conversation.answered)`,
    )
    await sql.run(
      `update conversation set answered = dirty, parsed = last_seq, version = version + 1, attempts = 0, last_error = ''
       where dirty > answered`,
    )
    return waiting.length
  })
}
