import { AppError } from '../../../shared/app-error.ts'
import { type Engine, first, type Sql } from '../database.ts'
import { findRunning, type RunningProbe } from './find-running.ts'
import { knownTables } from './known-tables.ts'
import { LEFT_OUT_TABLES, type PortableHeader, portableRows } from './portable-source.ts'

export interface Catalogue {
  engine: Engine
  now: number
  /** Undefined when there is no such table. */
  columnsOf: (table: string) => Promise<string[] | undefined>
}

/** The header of what a transaction sees. Rejects with `database.no-identity` when the database is not ours. */
export async function describeSnapshot(
  sql: Pick<Sql, 'all'>,
  { engine, now, columnsOf }: Catalogue,
  probe: RunningProbe,
): Promise<PortableHeader> {
  const tables = []
  for (const name of knownTables()) {
    const columns = LEFT_OUT_TABLES.has(name) ? undefined : await columnsOf(name)
    if (columns === undefined) continue
    const row = await first(sql.all<{ n: number }>(`select count(*) as n from ${name} ${portableRows(name)}`))
    tables.push({ name, columns, rows: row?.n ?? 0 })
  }
  const hasMeta = tables.some(({ name }) => name === 'meta')
  const id = hasMeta
    ? await first(sql.all<{ value: string }>(`select value from meta where key = 'database_id'`))
    : undefined
  if (id === undefined) {
    throw new AppError('database.no-identity', 'the database holds no database_id: it is not ours', {
      retryable: false,
    })
  }
  const schema = await first(sql.all<{ no: number }>('select max(no) as no from migration'))
  const running = await findRunning(sql, now, probe)
  return { schema: schema?.no ?? 0, engine, databaseId: id.value, at: now, isRunning: running !== undefined, tables }
}
