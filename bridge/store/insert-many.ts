import type { Sql, SqlValue } from './database.ts'
import { inChunks } from './in-chunks.ts'

/** Inserts rows by as few statements as sensible (SQLite takes 32,766 values in one, PostgreSQL 65,535). Every row holds a value for each column, in that order. */
export async function insertMany(
  sql: Sql,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  for (const chunk of inChunks(rows)) {
    const tuples = chunk.map(
      (_, row) => `(${columns.map((_, column) => `?${row * columns.length + column + 1}`).join(', ')})`,
    )
    await sql.run(`insert into ${table} (${columns.join(', ')}) values ${tuples.join(', ')}`, ...chunk.flat())
  }
}
