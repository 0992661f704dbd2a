/** Named leases: work that one process does for all (relay, sweeper, reconciler, token refresh). */
import { type Database, first } from './database.ts'

export function createLeaseStore(database: Database) {
  return {
    /**
     * Takes or renews the lease. Returns false while somebody else holds it. A lease that lasts longer than any does was written by a clock
     * that has been set back since, and holds nobody off.
     */
    async acquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
      const now = database.now()
      const row = await first(
        database.all<{ holder: string }>(
          `insert into lease (name, holder, until) values (?1, ?2, ?3)
           on conflict (name) do update set holder = excluded.holder, until = excluded.until
           where lease.holder = excluded.holder or lease.until <= ?4 or lease.until > ?5
           returning holder`,
          name,
          holder,
          now + ttlMs,
          now,
          now + 2 * Math.abs(ttlMs),
        ),
      )
      return row !== undefined
    },
    /** How many are held whose name begins so. */
    async count(prefix: string): Promise<number> {
      const row = await first(
        database.all<{ held: number }>(
          'select count(*) as held from lease where name like ?1 and until > ?2',
          `${prefix}%`,
          database.now(),
        ),
      )
      return Number(row?.held ?? 0)
    },
    async release(name: string, holder: string): Promise<void> {
      await database.run('delete from lease where name = ?1 and holder = ?2', name, holder)
    },
  }
}

export type LeaseStore = ReturnType<typeof createLeaseStore>
