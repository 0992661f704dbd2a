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

export function createParkedStore(database: Database) {
  return {
    /** Open entries, the newest first. */
    list: (limit: number): Promise<ParkedEntry[]> =>
      database.all<ParkedEntry>(
        'select id, stage, key, conv, reason, body, at from parked where closed_at = 0 order by at desc limit ?1',
        limit,
      ),
    find: (id: string): Promise<ParkedEntry | undefined> =>
      first(
        database.all<ParkedEntry>(
          'select id, stage, key, conv, reason, body, at from parked where id = ?1 and closed_at = 0',
          id,
        ),
      ),
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
