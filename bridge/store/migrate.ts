/**
 * Brings the schema up to date, forward only. Safe to run from many processes at once.
 *
 * A migration only adds: tables, indexes, columns with a default. Bridges are restarted one after the other, so one of the version before
 * may still be at work on the same database, and knows nothing of what is new.
 */
import { randomUUID } from 'node:crypto'
import { AppError } from '../../shared/app-error.ts'
import { type Database, first, type Sql } from './database.ts'
import { initial } from './migrations/001-initial.ts'
import { spend } from './migrations/002-spend.ts'

/** In order; a migration's number is its place, counted from 1. What has been released never changes. */
export const MIGRATIONS: readonly (readonly string[])[] = [initial, spend]

/** The number of the schema that this program works with. */
export function newestSchema(): number {
  return MIGRATIONS.length
}

// Any fixed number: it only has to be the same in every bridge.
const ADVISORY_LOCK = 7_204_711

export interface MigrateOptions {
  /** The number of the last migration to run; the newest by default. */
  to?: number
  migrations?: readonly (readonly string[])[]
}

/** Rejects with `database.too-new` when a newer version of this program has been here. */
export async function migrate(
  database: Database,
  { migrations = MIGRATIONS, to = migrations.length }: MigrateOptions = {},
): Promise<void> {
  await database.transaction(async (sql) => {
    // PostgreSQL fails on its own catalogue when two processes create the same table; SQLite holds its lock already.
    if (database.engine === 'postgres') await sql.all('select pg_advisory_xact_lock(cast(?1 as bigint))', ADVISORY_LOCK)
    await sql.run('create table if not exists migration (no int primary key, at bigint not null)')
    const row = await first(sql.all<{ no: number | null }>('select max(no) as no from migration'))
    const applied = row?.no ?? 0
    if (applied > migrations.length) {
      throw new AppError(
        'database.too-new',
        `the database has schema ${applied}, this program knows ${migrations.length}: start the newer version`,
        { retryable: false, details: { schema: applied, known: migrations.length } },
      )
    }
    for (const [index, statements] of migrations.entries()) {
      if (index < applied || index >= to) continue
      for (const statement of statements) await sql.run(statement)
      if (index === 0) await giveIdentity(sql)
      await sql.run('insert into migration (no, at) values (?1, ?2)', index + 1, database.now())
    }
  })
}

/** Queue names and the mailbox carry this id, so that bridges on different databases never take each other's work. */
async function giveIdentity(sql: Sql): Promise<void> {
  await sql.run(`insert into meta (key, value) values ('database_id', ?1)`, randomUUID())
}
