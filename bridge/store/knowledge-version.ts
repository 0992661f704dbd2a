/** The one number that every change of the knowledge raises. */
import { first, type Sql } from './database.ts'

const VERSION = 'knowledge_version'

/** 0 before the first change; never falls. */
export async function readKnowledgeVersion(sql: Pick<Sql, 'all'>): Promise<number> {
  const row = await first(sql.all<{ value: string }>('select value from meta where key = ?1', VERSION))
  return Number(row?.value ?? 0)
}

/** The row is locked until the end, so that two changes never share a number. */
export async function raiseKnowledgeVersion(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ value: string }>(
    `insert into meta (key, value) values (?1, '1')
     on conflict (key) do update set value = cast(cast(meta.value as bigint) + 1 as text) returning value`,
    VERSION,
  )
  return Number(row?.value)
}
