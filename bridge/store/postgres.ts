/**
 * PostgreSQL. Leases live by the server's clock: this machine's monotonic clock plus an offset that is measured
 * when the pool opens and every few seconds after, so that bridges on machines with different clocks agree.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { AppError } from '../../shared/app-error.ts'
import { backOffMs } from '../../shared/back-off.ts'
import type { Logger } from '../logger.ts'
import type { Database, Sql, SqlValue } from './database.ts'

const CLOCK_EVERY_MS = 5000
/** A measurement that took longer says too little. */
const CLOCK_MAX_ROUND_TRIP_MS = 2000
const TRANSACTION_TRIES = 5
const STATEMENT_TIMEOUT_MS = 15_000

export interface PostgresOptions {
  url: string
  /** Connections at most. */
  poolSize: number
  log: Logger
}

/** Resolves once the server has told its time. Rejects with `database.unavailable` when it can't be reached. */
export async function openPostgres({ url, poolSize, log }: PostgresOptions): Promise<Database> {
  const types = { getTypeParser: toJavaScript } as pg.CustomTypesConfig
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types,
    connectionTimeoutMillis: 5000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 1000,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  })
  // The pool's own listener is off while a connection changes hands: one that breaks in that moment would end the process too.
  pool.on('connect', (client) => client.on('error', () => undefined))
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn('database.connection-lost', { error }))

  const clock = await startClock(pool).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const reader = toSql(pool)
  return {
    engine: 'postgres',
    now: clock.now,
    all: (text, ...values) => retryConflicts(() => reader.all(text, ...values)),
    run: (text, ...values) => retryConflicts(() => reader.run(text, ...values)),
    transaction: (work) => retryConflicts(() => inTransaction(pool, work)),
    close: async () => {
      clock.stop()
      await pool.end()
    },
  }
}

type Queryable = Pick<pg.ClientBase, 'query'>

function toSql(target: Queryable): Sql {
  const query = async (text: string, values: SqlValue[]) => {
    try {
      return await target.query({ ...toStatement(text), values: values.map(withoutNul) })
    } catch (error) {
      throw toAppError(error)
    }
  }
  return {
    // The rows are of our own tables; what a statement returns is written beside it.
    all: async <Row>(text: string, ...values: SqlValue[]) => (await query(text, values)).rows as Row[],
    run: async (text, ...values) => (await query(text, values)).rowCount ?? 0,
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toAppError(error)
  })
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  const sql = toSql(client)
  try {
    await sql.run('begin')
    const result = await work(sql)
    await sql.run('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

async function retryConflicts<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'database.conflict') || attempt + 1 >= TRANSACTION_TRIES)
        throw error
      await sleep(backOffMs(attempt, { baseMs: 10, maxMs: 200 }))
    }
  }
}

async function startClock(pool: pg.Pool) {
  let offset: number | undefined
  const measure = async () => {
    const before = performance.now()
    const result = await pool.query('select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now')
    const after = performance.now()
    if (offset !== undefined && after - before > CLOCK_MAX_ROUND_TRIP_MS) return
    offset = Number(result.rows[0]?.now) - (before + after) / 2
  }
  await measure().catch((error: unknown) => {
    throw toAppError(error)
  })
  // A measurement that fails leaves the last offset: the monotonic clock goes on.
  const timer = setInterval(() => void measure().catch(() => undefined), CLOCK_EVERY_MS)
  timer.unref()
  return { now: () => Math.round(performance.now() + (offset ?? 0)), stop: () => clearInterval(timer) }
}

/** PostgreSQL's text holds none, and a customer's words must not stop an account. */
function withoutNul(value: SqlValue): SqlValue {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value
}

const statements = new Map<string, { name: string; text: string }>()

/** `?1` becomes `$1`; every statement is prepared once per connection, under a short name. */
function toStatement(text: string): { name: string; text: string } | { text: string } {
  if (!/[?\s]/.test(text)) return { text }
  const known = statements.get(text)
  if (known !== undefined) return known
  const statement = { name: `s${statements.size}`, text: text.replace(/\?(\d+)/g, '$$$1') }
  statements.set(text, statement)
  return statement
}

const INT8 = 20

function toJavaScript(oid: number, format?: 'text' | 'binary') {
  // Counters and milliseconds stay far below 2^53.
  if (oid === INT8) return Number
  return pg.types.getTypeParser(oid, format as 'text')
}

// https://www.postgresql.org/docs/15/errcodes-appendix.html
const CONFLICTS = new Set(['40001', '40P01', '23505'])
const AWAY = /^(08|53|57P0|58)/
/** By name where the operator can do something about it; a statement that takes too long waits for a lock that somebody holds. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  '25006': 'it is read-only',
  // While its password is being changed: what waits is not to be given up.
  '28000': 'it refuses the user',
  '28P01': 'it refuses the user or the password',
  '53100': 'its disk is full',
  '53300': 'it has too many connections',
  '55P03': 'busy: somebody holds a lock',
  '57014': 'busy: a statement took too long',
  ECONNREFUSED: 'nobody listens at its address',
  ENOTFOUND: 'its host name is not known',
}

function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error
  const code = (error as { code?: unknown } | null)?.code
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
  if (sqlState !== undefined && CONFLICTS.has(sqlState)) {
    return new AppError('database.conflict', `PostgreSQL: a transaction lost (${sqlState})`, {
      retryable: true,
      cause: error,
    })
  }
  if (sqlState === undefined || UNAVAILABLE[sqlState] !== undefined || AWAY.test(sqlState)) {
    const reason = typeof code === 'string' ? (UNAVAILABLE[code] ?? code) : 'no connection'
    return new AppError('database.unavailable', `PostgreSQL: ${reason}`, { retryable: true, cause: error })
  }
  return error
}
