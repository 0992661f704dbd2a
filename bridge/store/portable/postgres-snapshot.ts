/** PostgreSQL: one repeatable-read transaction, read through cursors. Source: https://www.postgresql.org/docs/15/transaction-iso.html */
import pg from 'pg'
import { AppError } from '../../../shared/app-error.ts'
import { first, type Sql, type SqlValue } from '../database.ts'
import { describeSnapshot } from './describe-snapshot.ts'
import type { RunningProbe } from './find-running.ts'
import { BATCH_ROWS, type PortableBatch, type PortableSource, portableRows } from './portable-source.ts'

const INT8 = 20

/** Rejects with `database.unavailable` when the server can't be reached. */
export async function openPostgresSnapshot(url: string, probe: RunningProbe): Promise<PortableSource> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true })
  // What breaks shows in the next query; without a listener it would end the process.
  client.on('error', () => undefined)
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
  } as pg.CustomTypesConfig
  const sql: Pick<Sql, 'all'> = {
    all: async <Row>(text: string, ...values: SqlValue[]) =>
      (await client.query({ text: text.replace(/\?(\d+)/g, '$$$1'), values, types })).rows as Row[],
  }
  try {
    await client.connect()
    await client.query('begin transaction isolation level repeatable read, read only')
    // A server's default for its users must not end a long backup.
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
    const clock = await first(
      sql.all<{ now: number }>('select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now'),
    )
    const columnsOf = async (table: string) => {
      const columns = await sql.all<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = current_schema() and table_name = ?1 order by ordinal_position`,
        table,
      )
      return columns.length === 0 ? undefined : columns.map(({ name }) => name)
    }
    const header = await describeSnapshot(sql, { engine: 'postgres', now: clock?.now ?? 0, columnsOf }, probe)

    async function* batches(): AsyncGenerator<PortableBatch> {
      for (const { name, columns } of header.tables) {
        await client.query(
          `declare portable no scroll cursor for select ${columns.join(', ')} from ${name} ${portableRows(name)}`,
        )
        for (;;) {
          const rows = await sql.all<Record<string, SqlValue>>(`fetch ${BATCH_ROWS} from portable`)
          if (rows.length === 0) break
          yield { table: name, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) }
        }
        await client.query('close portable')
      }
    }
    return { header, batches, close: () => client.end() }
  } catch (error) {
    await client.end().catch(() => undefined)
    if (error instanceof AppError) throw error
    const code = (error as { code?: unknown } | null)?.code
    throw new AppError('database.unavailable', `PostgreSQL: ${typeof code === 'string' ? code : 'no connection'}`, {
      retryable: true,
      cause: error,
    })
  }
}
