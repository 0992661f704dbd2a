/** A change of hands, in the transaction of what brought it about: how the conversation stands now, and a line of its history. */
import { randomUUID } from 'node:crypto'
import type { Sql } from './database.ts'

export interface DeskChange {
  conv: string
  openKfId: string
  /** As the platform counts: 0 new, 1 the bot, 2 waiting pool, 3 a person, 4 ended. */
  state: number
  /** Who has it; '' for nobody. */
  servicerUserId: string
  /** A short constant name: `asked-for-person`, `servicer-ended` … */
  cause: string
  /** What the person was told. */
  summary?: string
}

export async function recordDeskChange(sql: Sql, now: number, change: DeskChange): Promise<void> {
  const { conv, openKfId, state, servicerUserId, cause, summary = '' } = change
  await sql.run(
    `insert into desk (conv, open_kfid, state, servicer, since, ended_at) values (?1, ?2, ?3, ?4, ?5, ?6)
     on conflict (conv) do update set state = excluded.state, servicer = excluded.servicer, since = excluded.since,
       ended_at = case when excluded.ended_at > 0 then excluded.ended_at else desk.ended_at end`,
    conv,
    openKfId,
    state === 2 || state === 3 ? state : 0,
    state === 3 ? servicerUserId : '',
    now,
    state === 4 ? now : 0,
  )
  await sql.run(
    `insert into desk_change (id, conv, open_kfid, state, servicer, cause, summary, at)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    randomUUID(),
    conv,
    openKfId,
    state,
    servicerUserId,
    cause,
    summary,
    now,
  )
}
