/**
 * One SQL text for two engines. Statements are written in the common subset of SQLite and PostgreSQL:
 * `?1` placeholders, ids as text, times as bigint unix milliseconds, JSON as text, 0 and 1 for booleans, `on conflict`
 * and `returning`; no `least()` or scalar `min`; no arithmetic on a bare placeholder (PostgreSQL would take it for int4).
 *
 * Rejects with `database.unavailable` (retryable) when the engine is away, full, read-only or busy for too long,
 * and with `database.conflict` (retryable) when a transaction, or a statement that is one, lost against another to the end of its tries.
 */

export type Engine = 'sqlite' | 'postgres'

export type SqlValue = string | number | null | Uint8Array

export interface Sql {
  /** The rows that the statement returns. */
  all<Row>(sql: string, ...values: SqlValue[]): Promise<Row[]>
  /** How many rows the statement changed. */
  run(sql: string, ...values: SqlValue[]): Promise<number>
}

export interface Database extends Sql {
  readonly engine: Engine
  /** Unix milliseconds: the database's clock where there is a server, else this machine's. All leases live by it. */
  now(): number
  /**
   * Runs `work` in one transaction: all or nothing. Keep it short, and never wait for the network in it. A transaction that
   * loses a deadlock is run again from its start, so `work` must have no effect but its statements.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The first row, or undefined. */
export async function first<Row>(rows: Promise<Row[]>): Promise<Row | undefined> {
  return (await rows)[0]
}
