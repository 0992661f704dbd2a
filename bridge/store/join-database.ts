/**
 * What a bridge does with its database before all else: opens it, looks whether it may be worked on, says that this process is there, and frees
 * what processes left that died. Waits for a database that is away.
 */
import { hostname } from 'node:os'
import type { Logger } from '../logger.ts'
import { createInstanceStore, type InstanceStore } from './instance-store.ts'
import { isAlive } from './is-alive.ts'
import { createMetaStore } from './meta-store.ts'
import { openDatabase } from './open-database.ts'
import { checkMarks, readUnsureUntil } from './portable/marks.ts'
import { untilAvailable } from './until-available.ts'
import { type WatchedDatabase, watchDatabase } from './watch-database.ts'

export interface JoinOptions {
  /** `postgres://…`; undefined for SQLite in `dataDir`. */
  url: string | undefined
  dataDir: string
  poolSize: number
  /** Between two probes of a database that is down, ms. */
  probeMs: number
  log: Logger
}

export interface JoinedDatabase {
  database: WatchedDatabase
  databaseId: string
  instance: InstanceStore
  /** Unix ms: what customers wrote up to then may have been answered elsewhere; 0 when nothing is unsure. */
  unsureUntilMs: number
}

/** Rejects with `database.moved` or `database.half-restored`, and with what no waiting mends. */
export async function joinDatabase({ probeMs, log, ...options }: JoinOptions): Promise<JoinedDatabase> {
  const database = watchDatabase(await openDatabase({ ...options, log }), { log, probeMs })
  const patiently = <T>(work: () => Promise<T>): Promise<T> => untilAvailable(work, { log })
  const meta = createMetaStore(database)
  const databaseId = await patiently(meta.databaseId)
  await patiently(() => checkMarks(meta))
  const instance = createInstanceStore({ database, host: hostname(), pid: process.pid, isAlive })
  await patiently(instance.register)
  const buried = await patiently(instance.buryDead)
  if (buried > 0) log.info('bridge.leases-freed', { instances: buried })
  return { database, databaseId, instance, unsureUntilMs: await patiently(() => readUnsureUntil(meta)) }
}
