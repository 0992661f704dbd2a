/**
 * Sets right what a jump of the clock did to the rows: their times were written by the old one. Times that lie too far ahead for any
 * delay that this program uses were written by a clock that was wrong, whenever that was.
 */
import type { Database, Sql } from './database.ts'

export interface ClockJump {
  /** How far the clock jumped, ms; negative when it was set back. */
  byMs: number
  /** Unix ms by the old clock at the last look before the jump, and how long ago that is, ms. */
  lastNow: number
  sinceMs: number
}

export interface ClockOptions {
  /** Nothing is ever due later than this, nor leased longer, ms. */
  maxAheadMs: number
}

/** What can be due, and the condition of the small index that finds it. */
const DUE_TABLES = [
  ['sync_state', '1 = 1'],
  ['message', `state in ('new', 'provisional')`],
  ['conversation', 'dirty > answered'],
  ['reply_part', `state in ('ready', 'sending')`],
] as const

/** A conversation at rest may still be leased by a process that died, and would be busy for the next message. */
const LEASED_AT_REST = 'dirty <= answered and lease_until > ?1'

export function createClockStore(database: Database, { maxAheadMs }: ClockOptions) {
  /** After a step back, what waits would wait that much longer. Rows of the new clock lose at most what is left of their delay. */
  const moveBack = async (sql: Sql, byMs: number): Promise<void> => {
    const now = database.now()
    for (const [table, condition] of DUE_TABLES) {
      await sql.run(
        `update ${table} set
           due = case when due > ?1 then due - cast(?2 as bigint) else due end,
           wake = case when wake > ?1 then wake - cast(?2 as bigint) else wake end,
           lease_until = case when lease_until > ?1 then lease_until - cast(?2 as bigint) else lease_until end
         where ${condition} and (due > ?1 or wake > ?1 or lease_until > ?1)`,
        now,
        -byMs,
      )
    }
    await sql.run(
      `update conversation set lease_until = lease_until - cast(?2 as bigint) where ${LEASED_AT_REST}`,
      now,
      -byMs,
    )
  }

  /** Since when the customer waits: by it the time is measured after which the bot gives up or goes on without a slow document. */
  const moveFirstDue = async (sql: Sql, { byMs, lastNow, sinceMs }: ClockJump): Promise<void> => {
    const [start, end] = [lastNow + byMs, lastNow + byMs + sinceMs]
    // What came between the look before and this one may be of either clock; what lies there by the new one is left as it is.
    await sql.run(
      `update conversation set first_due = first_due + cast(?1 as bigint)
       where dirty > answered and (first_due < ?2 or first_due > ?3)`,
      byMs,
      start,
      end,
    )
  }

  const clamp = async (sql: Sql): Promise<number> => {
    const now = database.now()
    const latest = now + maxAheadMs
    let changed = 0
    for (const [table, condition] of DUE_TABLES) {
      changed += await sql.run(
        `update ${table} set
           due = case when due > ?2 then ?1 else due end,
           wake = case when wake > ?2 then ?1 else wake end,
           lease_until = case when lease_until > ?2 then 0 else lease_until end
         where ${condition} and (due > ?2 or wake > ?2 or lease_until > ?2)`,
        now,
        latest,
      )
    }
    changed += await sql.run(`update conversation set lease_until = 0 where ${LEASED_AT_REST}`, latest)
    changed += await sql.run(
      'update conversation set first_due = ?1 where dirty > answered and first_due > cast(?1 as bigint)',
      now,
    )
    changed += await sql.run('update sync_state set pulled_at = ?1 where pulled_at > cast(?1 as bigint)', now)
    changed += await sql.run('update lease set until = 0 where until > ?1', latest)
    return changed
  }

  return {
    /** After a jump that was seen. */
    follow: (jump: ClockJump): Promise<void> =>
      database.transaction(async (sql) => {
        if (jump.byMs < 0) await moveBack(sql, jump.byMs)
        await moveFirstDue(sql, jump)
        await clamp(sql)
      }),

    /** At the start: the clock may have jumped while nobody looked. Resolves to the number of rows that were changed. */
    clamp: (): Promise<number> => database.transaction(clamp),
  }
}

export type ClockStore = ReturnType<typeof createClockStore>
