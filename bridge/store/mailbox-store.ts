import type { Database } from './database.ts'
import { createMetaStore } from './meta-store.ts'

const KEY = 'mailbox_foreign'

/** Whether the mailbox said last that it belongs to a bridge on another database. */
export function createMailboxStore(database: Database) {
  const meta = createMetaStore(database)
  return {
    isForeign: async (): Promise<boolean> => (await meta.get(KEY)) !== undefined,
    setForeign: (isForeign: boolean): Promise<void> => (isForeign ? meta.set(KEY, '1') : meta.remove(KEY)),
  }
}

export type MailboxStore = ReturnType<typeof createMailboxStore>
