/**
 * What a person of the company said to a customer from outside the WeCom client: the platform never tells of it in sync_msg, so whoever sends it
 * puts it into the conversation's memory. There it stands like any other word of theirs, and nothing is answered because of it.
 */
import type { Database } from './database.ts'
import { gaplessParsed } from './gapless-parsed.ts'

export interface PersonMessage {
  conv: string
  /** Under which it was sent. */
  msgid: string
  /** As in `SyncedMessage`, e.g. `text`. */
  type: string
  /** For the model. */
  text: string
}

/** As the platform marks what a servicer typed. */
const SERVICER = 5

export function createPersonMessageStore(database: Database) {
  return {
    /** Once for each msgid. False: it is there already, or this database has never heard of the conversation. */
    record: ({ conv, msgid, type, text }: PersonMessage): Promise<boolean> =>
      database.transaction(async (sql) => {
        // Locks the row, so that what follows may be computed here.
        const [row] = await sql.all<{ open_kfid: string; last_seq: number }>(
          'update conversation set version = version where id = ?1 returning open_kfid, last_seq',
          conv,
        )
        if (row === undefined) return false
        const now = database.now()
        const seq = row.last_seq + 1
        const inserted = await sql.run(
          `insert into message (msgid, open_kfid, conv, seq, origin, type, raw, text, state, send_time, received_at)
           values (?1, ?2, ?3, ?4, ?5, ?6, '', ?7, 'parsed', ?8, ?8) on conflict (msgid) do nothing`,
          msgid,
          row.open_kfid,
          conv,
          seq,
          SERVICER,
          type,
          text,
          now,
        )
        if (inserted === 0) return false
        await sql.run(
          'update conversation set last_seq = ?1, parsed = ?2, version = version + 1 where id = ?3',
          seq,
          await gaplessParsed(sql, conv, seq),
          conv,
        )
        return true
      }),
  }
}
