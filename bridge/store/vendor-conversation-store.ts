/**
 * Under which id a vendor with a memory of its own knows a customer's conversation. It is a memo: when it is gone, the vendor is told
 * the conversation anew. Rows that were not used for as long as messages are kept go with them; see retention-store.ts.
 */
import { type Database, first } from './database.ts'

export interface StoredVendorConversation {
  id: string
  seenSeq: number
}

/** `key` is opaque and the customer's own. Each rejects with `database.unavailable` or `database.conflict`. */
export function createVendorConversationStore(database: Database) {
  return {
    async find(key: string, vendor: string): Promise<StoredVendorConversation | undefined> {
      const row = await first(
        database.all<{ id: string; seen: number }>(
          'select id, seen from vendor_conversation where conversation_key = ?1 and vendor = ?2',
          key,
          vendor,
        ),
      )
      return row === undefined ? undefined : { id: row.id, seenSeq: row.seen }
    },

    async save(key: string, vendor: string, { id, seenSeq }: StoredVendorConversation): Promise<void> {
      await database.run(
        `insert into vendor_conversation (conversation_key, vendor, id, seen, at) values (?1, ?2, ?3, ?4, ?5)
         on conflict (conversation_key, vendor) do update set id = excluded.id, seen = excluded.seen, at = excluded.at`,
        key,
        vendor,
        id,
        seenSeq,
        database.now(),
      )
    },

    async forget(key: string, vendor: string): Promise<void> {
      await database.run('delete from vendor_conversation where conversation_key = ?1 and vendor = ?2', key, vendor)
    },
  }
}
