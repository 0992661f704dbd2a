/**
 * That speech recognition has refused our account, so that whoever looks after alerts knows of it in another process. It is over with the next
 * recording that is taken, or when nobody has spoken for a day.
 */
import type { Database } from './database.ts'
import { createMetaStore } from './meta-store.ts'

export interface AsrFault {
  /** Of HTTP. */
  status: number
}

const KEY = 'asr_fault'
const LASTS_MS = 24 * 3_600_000

export function createAsrFaultStore(database: Database) {
  const meta = createMetaStore(database)
  let isKnownWell = false
  return {
    /** `refusedStatus`: undefined for a recording that was taken, which costs nothing where all was well before. */
    async note(refusedStatus: number | undefined): Promise<void> {
      if (refusedStatus === undefined && isKnownWell) return
      isKnownWell = refusedStatus === undefined
      // What is lost while the database is away comes again with the next recording.
      const write = isKnownWell ? meta.remove(KEY) : meta.set(KEY, `${refusedStatus} ${database.now()}`)
      await write.catch(() => {
        isKnownWell = false
      })
    },
    async read(): Promise<AsrFault | undefined> {
      const [status = 0, at = 0] = ((await meta.get(KEY)) ?? '').split(' ').map(Number)
      return at > database.now() - LASTS_MS ? { status } : undefined
    },
  }
}

export type AsrFaultStore = ReturnType<typeof createAsrFaultStore>
