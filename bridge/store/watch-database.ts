/**
 * Notices when the database takes nothing more: away, full, read-only, locked for long. Says so once, and once when it is over, instead
 * of with every call that fails. What it says is for `/readyz`; the calls themselves reject as ever.
 *
 * While it is down, a write is tried every `probeMs`. A disk that is full still takes what needs no new page, so the probe writes
 * some, and a call that succeeds is no proof.
 */
import { type AppError, isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { Database } from './database.ts'

export type DatabaseState = { up: true } | { up: false; since: number; reason: string }

export interface WatchedDatabase extends Database {
  state(): DatabaseState
  /** Asks it when it was up at its last use; of one that is down, it is known already. Never rejects. */
  check(): Promise<DatabaseState>
}

export interface WatchOptions {
  log: Logger
  /** Between two probes of a database that is down, ms. */
  probeMs: number
}

const PROBE_BYTES = 64 * 1024

export function watchDatabase(database: Database, { log, probeMs }: WatchOptions): WatchedDatabase {
  let state: DatabaseState = { up: true }
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const probeLater = (): void => {
    if (isClosed) return
    timer = setTimeout(() => void probe(), probeMs)
    timer.unref()
  }

  const probe = async (): Promise<void> => {
    try {
      await writeSomething(database)
    } catch (error) {
      if (isUnavailable(error) && !state.up) state = { ...state, reason: error.message }
      return probeLater()
    }
    if (state.up || isClosed) return
    log.info('database.available', { downMs: Math.round(performance.now() - state.since) })
    state = { up: true }
  }

  const markDown = (error: AppError): void => {
    if (!state.up) return
    state = { up: false, since: performance.now(), reason: error.message }
    log.error('database.unavailable', { error })
    probeLater()
  }

  const watched = <T>(call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      if (isUnavailable(error)) markDown(error)
      throw error
    })

  return {
    engine: database.engine,
    now: database.now,
    all: (sql, ...values) => watched(database.all(sql, ...values)),
    run: (sql, ...values) => watched(database.run(sql, ...values)),
    transaction: (work) => watched(database.transaction(work)),
    state: () => state,
    async check() {
      if (state.up) await watched(database.all('select 1 as one')).catch(() => undefined)
      return state
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      return database.close()
    },
  }
}

/** Commits more than what free pages are likely to hold, and takes it back. */
async function writeSomething(database: Database): Promise<void> {
  const key = 'write-probe'
  await database.run(
    'insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value',
    key,
    // Not compressible to nothing, as PostgreSQL would with zeros.
    Array.from({ length: PROBE_BYTES / 8 }, () => Math.random().toString(36).slice(2, 10)).join(''),
  )
  await database.run('delete from meta where key = ?1', key)
}

function isUnavailable(error: unknown): error is AppError {
  return isAppError(error, 'database.unavailable')
}
