/**
 * SQLite by Node's own module. Every commit is synced to the disk (synchronous=FULL), so what is committed survives
 * kill -9 and a power cut. Calls are synchronous inside; a commit holds the event loop for about 0.3 ms, so what waits together is
 * committed together (group-commit.ts).
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../shared/app-error.ts'
import type { Database, Sql, SqlValue } from './database.ts'
import { createGroupCommit } from './group-commit.ts'

/** Older versions can corrupt a WAL with two writers: https://sqlite.org/releaselog/3_51_3.html */
const OLDEST_SAFE_VERSION = '3.51.3'
/** How long a call waits for another process's lock. Nearly all of it is waited outside SQLite, whose own wait holds the event loop. */
const BUSY_TIMEOUT_MS = 5000
const BUSY_RETRY_MS = 10
const SQLITE_WAIT_MS = 10
const OPEN_WAIT_MS = 250

export interface SqliteOptions {
  /** The file, or `:memory:`. */
  path: string
  /** Unix ms; this machine's clock by default. */
  now?: () => number
  /** How long a call waits for another process's lock before it rejects; 5000 by default. */
  busyTimeoutMs?: number
}

export function openSqlite({ path, now = Date.now, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): Database {
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

  const group = createGroupCommit({ connection, sql, untilFree, busyTimeoutMs })
  const translated = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw toAppError(error)
    })
  const alone = <T>(text: string, work: (sql: Sql) => Promise<T>): Promise<T> =>
    translated(isRead(text) ? group.read(work) : group.write(work))

  return {
    engine: 'sqlite',
    now,
    all: <Row>(text: string, ...values: SqlValue[]) => alone(text, (target) => target.all<Row>(text, ...values)),
    run: (text, ...values) => alone(text, (target) => target.run(text, ...values)),
    transaction: (work) => translated(group.write(work)),
    async close() {
      await group.drain()
      connection.close()
    },
  }
}

/** What needs no transaction, or must not be in one. */
function isRead(text: string): boolean {
  return /^\s*(select|pragma|vacuum)\b/i.test(text)
}

/** Tries at least once, and again for as long as another process holds the lock and the deadline (monotonic ms) has not come. */
async function untilFree<T>(attempt: () => Promise<T>, deadline: number): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (primaryCode(error) !== SQLITE_BUSY || performance.now() >= deadline) throw error
      await sleep(BUSY_RETRY_MS * (0.5 + Math.random()))
    }
  }
}

function connect(path: string): DatabaseSync {
  try {
    // The time-out goes first: switching to WAL already needs the lock.
    const connection = new DatabaseSync(path, { timeout: OPEN_WAIT_MS })
    connection.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
    connection.exec(`pragma busy_timeout = ${SQLITE_WAIT_MS}`)
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
const SQLITE_BUSY = 5
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: 'busy: another process holds the lock',
  6: 'a table is locked',
  8: 'the file is read-only',
  10: 'the disk failed',
  13: 'the disk is full',
  14: 'the file can not be opened',
}

function toAppError(error: unknown): unknown {
  const code = primaryCode(error)
  const reason = code === undefined ? undefined : UNAVAILABLE[code]
  if (reason === undefined) return error
  return new AppError('database.unavailable', `SQLite: ${reason}`, { retryable: true, cause: error })
}

function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}
