import type { Sql, SqlValue } from './database.ts'

// SQLite takes 32,766 values a statement, PostgreSQL 65,535; a few sizes keep the prepared statements few.
const CHUNK_ROWS = [50, 10, 1] as const

/** Inserts rows by as few statements as sensible. Every row holds a value for each column, in that order. */
export async function insertMany(
  sql: Sql,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  let done = 0
  for (const size of CHUNK_ROWS) {
    while (rows.length - done >= size) {
      const chunk = rows.slice(done, done + size)
      const tuples = chunk.map(
        (_, row) => `(${columns.map((_, column) => `?${row * columns.length + column + 1}`).join(', ')})`,
      )
      await sql.run(`insert into ${table} (${columns.join(', ')}) values ${tuples.join(', ')}`, ...chunk.flat())
      done += size
    }
  }
}
