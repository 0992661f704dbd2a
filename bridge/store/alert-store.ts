/** Which alerts are open, and who was told: one row a key, so that whichever process looks next goes on from there. */
import type { Database } from './database.ts'

export interface StoredAlert {
  key: string
  /** The alert as it was when it was last looked at, as JSON. */
  body: string
  openedAt: number
  /** 0 while it is open. */
  closedAt: number
}

export interface Untold extends StoredAlert {
  attempts: number
}

export function createAlertStore(database: Database) {
  return {
    open: (): Promise<StoredAlert[]> =>
      database.all<StoredAlert>(
        `select key, body, opened_at as "openedAt", closed_at as "closedAt" from alert where closed_at = 0 order by opened_at, key`,
      ),
    /** Resolves to false when it is open already. One whose end nobody was told of yet goes on as if it had never ended. */
    async add(key: string, body: string): Promise<boolean> {
      const changed = await database.run(
        `insert into alert (key, body, opened_at, due) values (?1, ?2, ?3, ?3)
         on conflict (key) do update set body = excluded.body, closed_at = 0, attempts = 0, due = excluded.due,
           opened_at = case when alert.told = 'opened' then alert.opened_at else excluded.opened_at end,
           told = case when alert.told = 'opened' then 'opened' else 'no' end
         where alert.closed_at > 0`,
        key,
        body,
        database.now(),
      )
      return changed === 1
    },
    /** What it says now; nobody is told again. */
    update: (key: string, body: string): Promise<unknown> =>
      database.run('update alert set body = ?2 where key = ?1 and closed_at = 0', key, body),
    /** Resolves to false when it is not open. One that nobody was told of needs no end to be told. */
    async close(key: string): Promise<boolean> {
      const changed = await database.run(
        `update alert set closed_at = ?1, attempts = 0, due = ?1, told = case when told = 'no' then 'all' else told end
         where key = ?2 and closed_at = 0`,
        database.now(),
        key,
      )
      return changed === 1
    },
    /** What is to be told now: openings and ends. */
    untold: (): Promise<Untold[]> =>
      database.all<Untold>(
        `select key, body, opened_at as "openedAt", closed_at as "closedAt", attempts from alert
         where due <= ?1 and ((told = 'no' and closed_at = 0) or (told = 'opened' and closed_at > 0)) order by due, key limit 20`,
        database.now(),
      ),
    async markTold({ key, closedAt }: StoredAlert): Promise<void> {
      await database.run(
        'update alert set told = ?1 where key = ?2 and closed_at = ?3',
        closedAt === 0 ? 'opened' : 'all',
        key,
        closedAt,
      )
    },
    async postpone({ key, closedAt }: StoredAlert, delayMs: number): Promise<void> {
      await database.run(
        'update alert set attempts = attempts + 1, due = ?1 where key = ?2 and closed_at = ?3',
        database.now() + delayMs,
        key,
        closedAt,
      )
    },
  }
}

export type AlertStore = ReturnType<typeof createAlertStore>
