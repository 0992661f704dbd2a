/** What is due and nobody works on: the sweeper's view of the tables. */
import type { Database } from './database.ts'
import type { DueTiming } from './due-timing.ts'

/** The stages that the sweeper feeds. */
export type SweptStage = 'fetch' | 'parse' | 'reply' | 'notice'

export interface DuePointer {
  stage: SweptStage
  key: string
}

const LIMIT = 200

export function createDueStore(database: Database, { againMs }: Pick<DueTiming, 'againMs'>) {
  // A row that somebody is writing is being worked on. Waiting for it would hold up the rest, and many rows at once can deadlock.
  const skipLocked = database.engine === 'postgres' ? ' for update skip locked' : ''

  const take = async (table: string, key: string, condition: string): Promise<string[]> => {
    const now = database.now()
    const rows = await database.all<{ key: string }>(
      `update ${table} set wake = ?1 where ${key} in (
         select ${key} from ${table} where ${condition} and wake <= ?2 and lease_until <= ?2 order by wake limit ${LIMIT}${skipLocked})
       returning ${key} as key`,
      now + againMs,
      now,
    )
    return rows.map((row) => row.key)
  }

  /** Notices are looked for by themselves: a welcome must not wait behind two hundred answers. */
  const notices = async (): Promise<string[]> => {
    const now = database.now()
    const rows = await database.all<{ msgid: string }>(
      `update reply_part set wake = ?1 where msgid in (
         select msgid from reply_part where state in ('ready', 'sending') and channel in ('on_event', 'notice')
           and wake <= ?2 and lease_until <= ?2 order by wake limit ${LIMIT}${skipLocked})
       returning msgid`,
      now + againMs,
      now,
    )
    return rows.map((row) => row.msgid)
  }

  const unsent = async (): Promise<string[]> => {
    const now = database.now()
    const rows = await database.all<{ conv: string }>(
      `update reply_part set wake = ?1 where msgid in (
         select msgid from reply_part where state in ('ready', 'sending') and channel = 'send' and wake <= ?2 order by wake limit ${LIMIT}${skipLocked})
       returning conv`,
      now + againMs,
      now,
    )
    return rows.map((row) => row.conv)
  }

  const keysOf: Readonly<Record<SweptStage, () => Promise<string[]>>> = {
    fetch: () => take('sync_state', 'open_kfid', 'wanted > done'),
    parse: () => take('message', 'msgid', `state in ('new', 'provisional')`),
    async reply() {
      const unanswered = await take('conversation', 'id', 'dirty > answered')
      return [...new Set([...unanswered, ...(await unsent())])]
    },
    notice: notices,
  }

  return {
    /** Up to 200 a stage; each is left alone for `againMs` after. */
    async take(stages: readonly SweptStage[]): Promise<DuePointer[]> {
      const found = await Promise.all(
        stages.map(async (stage) => (await keysOf[stage]()).map((key): DuePointer => ({ stage, key }))),
      )
      return found.flat()
    },

    /** How much waits, and since when; for metrics and /readyz. */
    async backlog(): Promise<{ stage: 'fetch' | 'parse' | 'reply' | 'send'; count: number; oldestDue: number }[]> {
      const now = database.now()
      return database.all(
        `select 'fetch' as stage, count(*) as count, coalesce(min(due), 0) as "oldestDue" from sync_state where wanted > done and due <= ?1
         union all select 'parse', count(*), coalesce(min(due), 0) from message where state in ('new', 'provisional') and due <= ?1
         union all select 'reply', count(*), coalesce(min(first_due), 0) from conversation where dirty > answered and due <= ?1
         union all select 'send', count(*), coalesce(min(due), 0) from reply_part where state in ('ready', 'sending') and due <= ?1`,
        now,
      )
    },
  }
}

export type DueStore = ReturnType<typeof createDueStore>
