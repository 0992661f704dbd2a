/**
 * A place among the messages that the platform takes after each one of a customer, for whoever sends without holding the conversation: a
 * person at the command line or the console. Replies reserve theirs under the conversation's lease, see reply-store.ts.
 */
import { QUOTA } from './conversation-claim.ts'
import type { Database } from './database.ts'

export type Reservation =
  | 'reserved'
  /** All places are taken until the customer writes again. */
  | 'full'
  /** This database has never heard of the conversation: the platform decides. */
  | 'unknown'

export function createQuotaStore(database: Database) {
  return {
    /** Before the call. */
    async reserve(conv: string): Promise<Reservation> {
      const reserved = await database.run(
        'update conversation set sent_since = sent_since + 1 where id = ?1 and sent_since < ?2',
        conv,
        QUOTA,
      )
      if (reserved === 1) return 'reserved'
      const known = await database.all('select 1 as known from conversation where id = ?1', conv)
      return known.length === 0 ? 'unknown' : 'full'
    },
    /** After a definite refusal, and only then: what may have been taken keeps its place. */
    async refund(conv: string): Promise<void> {
      await database.run('update conversation set sent_since = sent_since - 1 where id = ?1 and sent_since > 0', conv)
    },
  }
}
