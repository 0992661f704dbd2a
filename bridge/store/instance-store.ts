/**
 * The running bridges. Every lease id begins with its instance's id, so when a bridge finds that another one on
 * the same machine is dead, it frees what that one held instead of waiting for the leases to run out. Freeing too much does no
 * harm: each later write of a claim names its lease, so a holder that lives after all is fenced off.
 */
import { randomUUID } from 'node:crypto'
import type { Database } from './database.ts'

export interface InstanceDeps {
  database: Database
  host: string
  pid: number
  isAlive: (pid: number) => boolean
}

/** Work that waits, by the conditions of its indexes. */
const WAITING = [
  ['sync_state', 'wanted > done'],
  ['conversation', 'dirty > answered'],
  ['message', `state in ('new', 'provisional')`],
  ['reply_part', `state in ('ready', 'sending')`],
] as const

/** What can be leased, with the condition of the small index that serves; customers are few enough to be looked through. */
const LEASED = [
  ['sync_state', '1 = 1'],
  ['conversation', '1 = 1'],
  ['message', `state in ('new', 'provisional')`],
  ['reply_part', `state in ('ready', 'sending')`],
] as const

export function createInstanceStore({ database, host, pid, isAlive }: InstanceDeps) {
  const id = randomUUID().slice(0, 8)

  const free = async (deadId: string): Promise<void> => {
    const held = `${deadId}:%`
    const now = database.now()
    await database.transaction(async (sql) => {
      for (const [table, condition] of LEASED) {
        await sql.run(
          `update ${table} set lease = '', lease_until = 0, wake = due
           where ${condition} and lease_until > ?1 and lease like ?2`,
          now,
          held,
        )
      }
      // The pointers that were to wake these may have died with it: the sweeper looks at once instead of after their grace.
      for (const [table, condition] of WAITING) {
        await sql.run(`update ${table} set wake = due where ${condition} and wake > due and lease_until <= ?1`, now)
      }
      await sql.run('delete from lease where holder = ?1', deadId)
      await sql.run('delete from instance where id = ?1', deadId)
    })
  }

  return {
    id,
    /** A fresh lease id of this instance: the fencing token of one claim. */
    newLease: (): string => `${id}:${randomUUID()}`,
    /** May be called again when its answer was lost. */
    async register(): Promise<void> {
      await database.run(
        'insert into instance (id, host, pid, started_at) values (?1, ?2, ?3, ?4) on conflict (id) do nothing',
        id,
        host,
        pid,
        database.now(),
      )
    },
    /** Frees the leases of bridges that died on this machine; returns how many there were. */
    async buryDead(): Promise<number> {
      const others = await database.all<{ id: string; pid: number }>(
        'select id, pid from instance where host = ?1 and id <> ?2',
        host,
        id,
      )
      // A process with our own pid is an earlier life of this one, as in a container that was restarted.
      const dead = others.filter((other) => other.pid === pid || !isAlive(other.pid))
      for (const other of dead) await free(other.id)
      return dead.length
    },
    /** Frees everything of this instance; the last act of an orderly end. */
    leave: (): Promise<void> => free(id),
  }
}

export type InstanceStore = ReturnType<typeof createInstanceStore>
