import { type Database, first, type Sql } from '../database.ts'

export interface RunningProbe {
  host: string
  isAlive: (pid: number) => boolean
}

/**
 * How a bridge that works on this database is called (`host`, pid), or undefined when none does. One on this machine is known by its
 * process; those elsewhere by the leases that they keep renewing, which a crash leaves behind for 20 s at the most.
 */
export async function findRunning(
  sql: Pick<Sql, 'all'>,
  now: number,
  { host, isAlive }: RunningProbe,
): Promise<string | undefined> {
  const instances = await sql.all<{ id: string; host: string; pid: number }>('select id, host, pid from instance')
  const here = instances.filter((instance) => instance.host === host)
  const alive = here.find(({ pid }) => isAlive(pid))
  if (alive !== undefined) return `${alive.host}, pid ${alive.pid}`
  const dead = new Set(here.map(({ id }) => id))
  const leases = await sql.all<{ holder: string }>('select holder from lease where until > ?1', now)
  const holder = leases.map((lease) => lease.holder).find((id) => !dead.has(id))
  if (holder === undefined) return undefined
  return instances.find(({ id }) => id === holder)?.host ?? holder
}

/** `findRunning` for a database that is open. */
export function findRunningBridge(database: Database, probe: RunningProbe): Promise<string | undefined> {
  return findRunning(database, database.now(), probe)
}

/** Whether it holds anything that somebody would miss. */
export async function isInUse(database: Database, tables: readonly string[]): Promise<boolean> {
  for (const table of tables) {
    if (FOUND_AGAIN.has(table)) continue
    if ((await first(database.all(`select 1 as one from ${table} limit 1`))) !== undefined) return true
  }
  return false
}

/** What a bridge fills by itself when it starts. */
const FOUND_AGAIN: ReadonlySet<string> = new Set([
  'meta',
  'migration',
  'lease',
  'instance',
  'sync_state',
  'platform_access',
  'media_id',
])
