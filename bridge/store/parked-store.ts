/** What was given up, with its reason, for people to look at. */
import { randomUUID } from 'node:crypto'
import { type Database, first, type Sql } from './database.ts'

export interface ParkedEntry {
  id: string
  /** `fetch`, `parse`, `reply`, `send`, or `needs_person` for a message that was too old to answer by itself. */
  stage: string
  key: string
  /** Conversation id; '' when it belongs to none. */
  conv: string
  reason: string
  body: string
  at: number
}

/** Part of the transaction that gives up, so that nothing is given up without a trace. */
export async function park(sql: Sql, now: number, entry: Omit<ParkedEntry, 'id' | 'at'>): Promise<void> {
  await sql.run(
    'insert into parked (id, stage, key, conv, reason, body, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)',
    randomUUID(),
    entry.stage,
    entry.key,
    entry.conv,
    entry.reason,
    entry.body,
    now,
  )
}

/** Of the line for people that a customer wants one of them. */
export function toPersonKey(conv: string): string {
  return `person:${conv}`
}

/** What a message of the conversation said, for people who look at an entry. */
export interface ParkedMessage {
  /** 0 ours, 3 customer, 5 servicer. */
  origin: number
  type: string
  text: string
  state: string
  sendTime: number
}

/** How much of a conversation is shown with an entry. */
const CONTEXT_MESSAGES = 20

export function createParkedStore(database: Database) {
  return {
    /** Open entries, the newest first. */
    list: (limit: number): Promise<ParkedEntry[]> =>
      database.all<ParkedEntry>(
        'select id, stage, key, conv, reason, body, at from parked where closed_at = 0 order by at desc limit ?1',
        limit,
      ),
    /** Open entries whose id begins like this, two at most: one is the one, two are too many. */
    find: (idStart: string): Promise<ParkedEntry[]> =>
      database.all<ParkedEntry>(
        `select id, stage, key, conv, reason, body, at from parked
         where closed_at = 0 and substr(id, 1, ?1) = ?2 limit 2`,
        idStart.length,
        idStart,
      ),
    /** What was said in the conversation up to when the entry was made, oldest first. */
    async context({ conv, at }: ParkedEntry): Promise<ParkedMessage[]> {
      const newest = await database.all<ParkedMessage>(
        `select origin, type, text, state, send_time as "sendTime" from message
         where conv = ?1 and origin in (0, 3, 5) and received_at <= ?2 order by seq desc limit ?3`,
        conv,
        at,
        CONTEXT_MESSAGES,
      )
      return newest.reverse()
    },
    async close(id: string): Promise<boolean> {
      return (
        (await database.run('update parked set closed_at = ?1 where id = ?2 and closed_at = 0', database.now(), id)) ===
        1
      )
    },
    async countOpen(): Promise<number> {
      const row = await first(database.all<{ n: number }>('select count(*) as n from parked where closed_at = 0'))
      return row?.n ?? 0
    },
  }
}

export type ParkedStore = ReturnType<typeof createParkedStore>
