/**
 * A notice: one message to a customer that is no answer, as a welcome is. It is a part of no reply, stored with what gives rise to it and sent
 * from its row, so that it goes out once whatever crashes.
 */
import { createHash } from 'node:crypto'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { Sql } from './database.ts'

export interface NewNotice {
  /** `on_event` goes out on a code, and costs nothing; `notice` takes one of the five messages that the platform allows. */
  channel: 'on_event' | 'notice'
  /** '' for a `notice`. */
  code: string
  /** Unix ms: from then on it is not sent any more. */
  expiresAt: number
  content: ReplyContent
  /** The customer may well reply to it, so the model knows of it: a welcome that names a product, a question whether there is more. */
  isRemembered?: boolean
}

export interface NoticePlace {
  /** What it arises from; the msgid is derived from it, so that the same cause can't be told twice. */
  cause: string
  conv: string
  /** The number of the last message before it. */
  uptoSeq: number
  now: number
  /** How long the sweeper leaves it alone, ms: a pointer is on its way. */
  graceMs: number
}

/** Returns the msgid. */
export async function insertNotice(sql: Sql, notice: NewNotice, place: NoticePlace): Promise<string> {
  const msgid = toNoticeMsgid(place.cause)
  await sql.run(
    `insert into reply_part (msgid, reply_id, conv, upto_seq, no, channel, code, expires_at, remembered, kind, payload, state, created_at, due, wake)
     values (?1, null, ?2, ?3, 0, ?4, ?5, ?6, ?11, ?7, ?8, 'ready', ?9, ?9, ?10)
     on conflict (msgid) do nothing`,
    msgid,
    place.conv,
    place.uptoSeq,
    notice.channel,
    notice.code,
    notice.expiresAt,
    notice.content.type,
    JSON.stringify(notice.content),
    place.now,
    place.now + place.graceMs,
    notice.isRemembered === true ? 1 : 0,
  )
  return msgid
}

function toNoticeMsgid(cause: string): string {
  return createHash('sha256').update(`${cause}/notice`).digest('hex').slice(0, 32)
}
