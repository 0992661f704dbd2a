/** Rows in every table of a database, whatever its schema: a table that is new is covered without anybody thinking of it. */
import type { Database, SqlValue } from '../../bridge/store/database.ts'
import { knownTables } from '../../bridge/store/portable/known-tables.ts'

export interface Column {
  name: string
  isText: boolean
}

/** Of the tables that are there. */
export async function columnsOfAll(database: Database): Promise<Map<string, Column[]>> {
  const found = new Map<string, Column[]>()
  for (const table of knownTables()) {
    const rows = await database.all<{ name: string; type: string }>(
      database.engine === 'sqlite'
        ? `select name, type from pragma_table_info('${table}') order by cid`
        : `select column_name as name, data_type as type from information_schema.columns
           where table_schema = current_schema() and table_name = '${table}' order by ordinal_position`,
    )
    if (rows.length > 0)
      found.set(
        table,
        rows.map(({ name, type }) => ({ name, isText: type.toLowerCase() === 'text' })),
      )
  }
  return found
}

/** What `toValue` gives for a column, or something of the column's own; `count` rows for each table but those of the migrations. */
export async function fillEveryTable(
  database: Database,
  count: number,
  toValue: (table: string, column: string, row: number, isText: boolean) => SqlValue | undefined = () => undefined,
): Promise<Map<string, Column[]>> {
  const tables = await columnsOfAll(database)
  for (const [table, columns] of tables) {
    if (table === 'migration') continue
    for (let row = 1; row <= count; row += 1) {
      const values = columns.map(
        ({ name, isText }) => toValue(table, name, row, isText) ?? (isText ? `${table} ${name} 字${row}` : row),
      )
      await database.run(
        `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values (${columns.map((_, index) => `?${index + 1}`).join(', ')})`,
        ...values,
      )
    }
  }
  return tables
}
