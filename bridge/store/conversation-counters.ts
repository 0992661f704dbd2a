/**
 * A conversation's counters, for transactions that change its messages. They take the conversation's row first, so that two of
 * them can't wait for each other, change the counters here and write them back last.
 */
import { type Database, first, type Sql } from './database.ts'
import type { DueTiming } from './due-timing.ts'
import { gaplessParsed } from './gapless-parsed.ts'
import { leaseLost } from './lease-lost.ts'
import { toDue } from './to-due.ts'

export interface ConversationTimes extends Pick<DueTiming, 'graceMs'> {
  burstQuietMs: number
  burstMaxWaitMs: number
}

/** A conversation that can be answered, and from when. */
export interface DueConversation {
  conv: string
  due: number
}

export interface LockedConversation {
  id: string
  open_kfid: string
  last_seq: number
  dirty: number
  answered: number
  first_due: number
  due: number
  desk: string
  lease_until: number
  last_customer_at: number
  sent_since: number
  last_error: string
}

export interface OwnMessage {
  msgid: string
  /** `late` for what a slow document said, `retry` for words that a person had answered again. */
  type: 'late' | 'retry'
  text: string
  /** JSON of the hashes of its pictures. */
  media?: string
}

export function createConversationCounters(database: Pick<Database, 'now'>, times: ConversationTimes) {
  return {
    /** Also moves the version, so that a draft that is being written is thrown away. Rejects with `store.lease-lost`. */
    async lock(sql: Sql, conv: string): Promise<LockedConversation> {
      const row = await first(
        sql.all<LockedConversation>(
          `update conversation set version = version + 1 where id = ?1
           returning id, open_kfid, last_seq, dirty, answered, first_due, due, desk, lease_until, last_customer_at, sent_since, last_error`,
          conv,
        ),
      )
      if (row === undefined) throw leaseLost('conversation')
      return row
    },

    /** A message of nobody, which gets its text answered. Changes the counters, which are then to be written. */
    async addOwnMessage(
      sql: Sql,
      row: LockedConversation,
      { msgid, type, text, media = '[]' }: OwnMessage,
    ): Promise<void> {
      const now = database.now()
      row.last_seq += 1
      if (row.dirty <= row.answered) row.first_due = now
      row.due = toDue(row, now + times.burstQuietMs, row.first_due + times.burstMaxWaitMs)
      row.dirty = row.last_seq
      await sql.run(
        `insert into message
           (msgid, open_kfid, conv, seq, origin, type, raw, text, title, media, state, send_time, received_at)
         values (?1, ?2, ?3, ?4, 0, ?5, '', ?6, '', ?8, 'parsed', ?7, ?7)`,
        msgid,
        row.open_kfid,
        row.id,
        row.last_seq,
        type,
        text,
        now,
        media,
      )
    },

    /** Writes the counters, and how far the messages are read. Returns the conversation if it can be answered. */
    async write(sql: Sql, row: LockedConversation): Promise<DueConversation | undefined> {
      const parsed = await gaplessParsed(sql, row.id, row.last_seq)
      await sql.run(
        'update conversation set parsed = ?1, dirty = ?2, last_seq = ?3, first_due = ?4, due = ?5, wake = ?6 where id = ?7',
        parsed,
        row.dirty,
        row.last_seq,
        row.first_due,
        row.due,
        row.due + times.graceMs,
        row.id,
      )
      const isDue = row.dirty > row.answered && parsed >= row.dirty
      return isDue ? { conv: row.id, due: row.due } : undefined
    },
  }
}
