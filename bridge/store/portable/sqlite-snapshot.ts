/** SQLite in WAL mode: a read transaction sees one moment, however long it lasts, and holds no writer up. */
import { DatabaseSync } from 'node:sqlite'
import type { Sql, SqlValue } from '../database.ts'
import { describeSnapshot } from './describe-snapshot.ts'
import type { RunningProbe } from './find-running.ts'
import { BATCH_ROWS, type PortableBatch, type PortableSource, portableRows } from './portable-source.ts'

export async function openSqliteSnapshot(path: string, probe: RunningProbe): Promise<PortableSource> {
  const connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    connection.exec('begin')
    const sql: Pick<Sql, 'all'> = {
      all: async <Row>(text: string, ...values: SqlValue[]) => connection.prepare(text).all(...values) as Row[],
    }
    const columnsOf = async (table: string) => {
      const columns = await sql.all<{ name: string }>(`select name from pragma_table_info('${table}') order by cid`)
      return columns.length === 0 ? undefined : columns.map(({ name }) => name)
    }
    const header = await describeSnapshot(sql, { engine: 'sqlite', now: Date.now(), columnsOf }, probe)

    async function* batches(): AsyncGenerator<PortableBatch> {
      for (const { name, columns } of header.tables) {
        const statement = connection.prepare(`select ${columns.join(', ')} from ${name} ${portableRows(name)}`)
        let rows: SqlValue[][] = []
        for (const row of statement.iterate()) {
          rows.push(columns.map((column) => row[column] as SqlValue))
          if (rows.length < BATCH_ROWS) continue
          yield { table: name, rows }
          rows = []
        }
        if (rows.length > 0) yield { table: name, rows }
      }
    }
    return { header, batches, close: async () => connection.close() }
  } catch (error) {
    connection.close()
    throw error
  }
}
