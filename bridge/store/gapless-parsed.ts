import type { Sql } from './database.ts'

/** The highest seq up to which every message of the conversation is read. Call it with the conversation's row locked. */
export async function gaplessParsed(sql: Sql, conv: string, lastSeq: number): Promise<number> {
  const [row] = await sql.all<{ seq: number | null }>(
    `select min(seq) as seq from message where conv = ?1 and state = 'new'`,
    conv,
  )
  return row?.seq == null ? lastSeq : row.seq - 1
}
