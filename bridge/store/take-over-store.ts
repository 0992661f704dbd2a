/**
 * The wish that the bridge of this database takes the mailbox over from another one. Written by the command line, read by whoever dials the
 * edge, used once, and forgotten after a while: a wish from long ago must not surprise anybody.
 */
import { type Database, first } from './database.ts'

export const TAKE_OVER_LIFETIME_MS = 10 * 60_000

const KEY = 'relay_take_over'

export function createTakeOverStore(database: Database) {
  return {
    async request(): Promise<void> {
      await database.run(
        'insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value',
        KEY,
        String(database.now()),
      )
    },
    /** Unix ms; undefined when nobody wishes it, or not any more. */
    async requestedAt(): Promise<number | undefined> {
      const row = await first(database.all<{ value: string }>('select value from meta where key = ?1', KEY))
      if (row === undefined) return undefined
      const at = Number(row.value)
      return Math.abs(database.now() - at) < TAKE_OVER_LIFETIME_MS ? at : undefined
    },
    async done(): Promise<void> {
      await database.run('delete from meta where key = ?1', KEY)
    },
  }
}

export type TakeOverStore = ReturnType<typeof createTakeOverStore>
