/**
 * SQLite by Node's own module. Every commit is synced to the disk (synchronous=FULL), so what is committed survives
 * kill -9 and a power cut. Calls are synchronous inside; a commit holds the event loop for about 0.3 ms.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { AppError } from '../../shared/app-error.ts'
import type { Database, Sql, SqlValue } from './database.ts'

/** Older versions can corrupt a WAL with two writers: https://sqlite.org/releaselog/3_51_3.html */
const OLDEST_SAFE_VERSION = '3.51.3'
const BUSY_TIMEOUT_MS = 5000

export interface SqliteOptions {
  /** The file, or `:memory:`. */
  path: string
}

export function openSqlite({ path }: SqliteOptions): Database {
  const connection = connect(path)
  const statements = new Map<string, StatementSync>()

  const prepare = (text: string): StatementSync => {
    const known = statements.get(text)
    if (known !== undefined) return known
    const statement = connection.prepare(text)
    statements.set(text, statement)
    return statement
  }

  const sql: Sql = {
    async all<Row>(text: string, ...values: SqlValue[]) {
      return prepare(text).all(...values) as Row[]
    },
    async run(text, ...values) {
      return Number(prepare(text).run(...values).changes)
    },
  }

  // One connection: whoever is inside a transaction has it alone, and the others queue here.
  let tail: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work).catch((error: unknown) => {
      throw toAppError(error)
    })
    tail = result.catch(() => undefined)
    return result
  }

  return {
    engine: 'sqlite',
    now: Date.now,
    all: (text, ...values) => alone(() => sql.all(text, ...values)),
    run: (text, ...values) => alone(() => sql.run(text, ...values)),
    transaction: (work) =>
      alone(async () => {
        connection.exec('begin immediate')
        try {
          const result = await work(sql)
          connection.exec('commit')
          return result
        } catch (error) {
          // Some failures, a full disk among them, have rolled back already.
          if (connection.isTransaction) connection.exec('rollback')
          throw error
        }
      }),
    close: () =>
      alone(async () => {
        connection.close()
      }),
  }
}

function connect(path: string): DatabaseSync {
  try {
    // The time-out goes first: switching to WAL already needs the lock.
    const connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
    const version = String(connection.prepare('select sqlite_version() as version').get()?.version)
    if (version.localeCompare(OLDEST_SAFE_VERSION, 'en', { numeric: true }) < 0) {
      throw new AppError(
        'database.too-old',
        `SQLite ${version} can damage its file with two writers; ${OLDEST_SAFE_VERSION} is needed`,
        {
          retryable: false,
        },
      )
    }
    return connection
  } catch (error) {
    throw toAppError(error)
  }
}

// https://sqlite.org/rescode.html
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: 'busy: another process holds the lock',
  6: 'a table is locked',
  8: 'the file is read-only',
  10: 'the disk failed',
  13: 'the disk is full',
  14: 'the file can not be opened',
}

function toAppError(error: unknown): unknown {
  const primary = (error as { errcode?: unknown } | null)?.errcode
  const reason = typeof primary === 'number' ? UNAVAILABLE[primary & 0xff] : undefined
  if (reason === undefined) return error
  return new AppError('database.unavailable', `SQLite: ${reason}`, { retryable: true, cause: error })
}
