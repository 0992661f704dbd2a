/** The database that the settings name, migrated. Waits for a PostgreSQL that is not there yet. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError } from '../../shared/app-error.ts'
import { backOffMs } from '../../shared/back-off.ts'
import type { Logger } from '../logger.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import type { PostgresOptions } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

export interface DatabaseOptions {
  /** `postgres://…`; undefined for SQLite in `dataDir`. */
  url: string | undefined
  dataDir: string
  poolSize: number
  log: Logger
  /** How often it is tried; by default until it is there. */
  tries?: number
  /** The schema that it is brought to; the newest by default. */
  schema?: number
}

const FILE_NAME = 'kefu.sqlite'

/** The file of SQLite. */
export function toSqlitePath(dataDir: string): string {
  return join(dataDir, FILE_NAME)
}

/** Rejects with what no waiting mends, or with the last failure when `tries` are used up. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { tries = Number.POSITIVE_INFINITY, log } = options
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await openMigrated(options)
    } catch (error) {
      if (!isAppError(error) || !error.retryable || attempt + 1 >= tries) throw error
      log.warn('database.waiting', { error })
      await sleep(500 + backOffMs(attempt, { baseMs: 500, maxMs: 5000 }))
    }
  }
}

async function openMigrated({ url, dataDir, poolSize, log, schema }: DatabaseOptions): Promise<Database> {
  const database = url === undefined ? openFile(dataDir) : await openServer({ url, poolSize, log })
  try {
    await migrate(database, schema === undefined ? {} : { to: schema })
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The driver is loaded only where there is a server: memory is dear on a small box. */
async function openServer(options: PostgresOptions): Promise<Database> {
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(options)
}

function openFile(dataDir: string): Database {
  // Customers' words are in there: for this user alone.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return openSqlite({ path: toSqlitePath(dataDir) })
}
