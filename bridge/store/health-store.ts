/** What the rows say about how things go: for alerts and metrics. Each asks an index that holds only what waits, or one short stretch of time. */
import { toOpenKfId } from './conversation-id.ts'
import { type Database, first } from './database.ts'

export interface Fault {
  /** An error's code, with the errcode of the platform behind it if there is one. */
  reason: string
  count: number
}

export interface Undelivered {
  openKfId: string
  failType: number
  count: number
}

/** A first failure is often the last one. */
const MIN_ATTEMPTS = 2
/** More of them tell nothing new. */
const MAX_UNDELIVERED = 500

export function createHealthStore(database: Database) {
  return {
    /** Why conversations wait for an answer that has failed more than once. */
    answerFaults: (): Promise<Fault[]> =>
      database.all<Fault>(
        `select last_error as reason, count(*) as count from conversation
         where dirty > answered and attempts >= ${MIN_ATTEMPTS} group by last_error`,
      ),
    /** Why accounts can't be pulled and parts can't be sent. */
    platformFaults: (): Promise<Fault[]> =>
      database.all<Fault>(
        `select last_error as reason, count(*) as count from sync_state where wanted > done and last_error <> '' group by last_error
         union all
         select err, count(*) from reply_part where state in ('ready', 'sending') and err <> '' group by err`,
      ),
    /** What the platform took since then, did not deliver, and nobody has seen to, by account and `fail_type`. */
    async undelivered(since: number): Promise<Undelivered[]> {
      const rows = await database.all<{ conv: string; reason: string }>(
        `select conv, reason from parked
         where closed_at = 0 and at >= ?1 and stage = 'send' and reason like 'fail_type %' order by at desc limit ${MAX_UNDELIVERED}`,
        since,
      )
      const byAccount = Map.groupBy(rows, ({ conv, reason }) => `${toOpenKfId(conv)} ${reason}`)
      return [...byAccount].map(([key, { length }]) => {
        const [openKfId = '', , failType] = key.split(' ')
        return { openKfId, failType: Number(failType), count: length }
      })
    },
    /** Unix ms of the newest answer of a model since then. */
    async answeredSince(since: number): Promise<number | undefined> {
      const row = await first(
        database.all<{ at: number | null }>(
          'select max(created_at) as at from reply where created_at >= ?1 and output_tokens > 0',
          since,
        ),
      )
      return row?.at ?? undefined
    },
    /** Parts that the platform takes only when the customer has written again. */
    async heldParts(): Promise<number> {
      const row = await first(database.all<{ n: number }>(`select count(*) as n from reply_part where state = 'held'`))
      return row?.n ?? 0
    },
    /** How many answers were stored since then, by account. */
    answers: (since: number): Promise<{ openKfId: string; count: number }[]> =>
      database.all(
        `select conversation.open_kfid as "openKfId", count(*) as count
         from reply join conversation on conversation.id = reply.conv
         where reply.created_at >= ?1 group by conversation.open_kfid`,
        since,
      ),
  }
}

export type HealthStore = ReturnType<typeof createHealthStore>
