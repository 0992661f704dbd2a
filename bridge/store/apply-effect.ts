/** What an event of the platform changes, in the transaction that stores it. */
import { QUOTA } from './conversation-claim.ts'
import type { Sql } from './database.ts'
import { insertMany } from './insert-many.ts'
import { toLateMsgid } from './late-msgid.ts'
import { unlinkMedia } from './media-record-store.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import { park } from './parked-store.ts'
import { type DeskChange, recordDeskChange } from './record-desk-change.ts'

/** What an event does to its conversation. */
export type EventEffect =
  | { kind: 'recall'; msgid: string }
  | { kind: 'desk'; desk: 'bot' | 'person'; change?: Pick<DeskChange, 'state' | 'servicerUserId' | 'cause'> }
  /** `isOver`: nothing more arrives before the customer writes again; `isFull`: because five were sent. */
  | { kind: 'send-failed'; msgid: string; reason: string; isOver?: boolean; isFull?: boolean }

/** The conversation, to be written when all of the page is in it. */
export interface EffectTarget {
  dirty: number
  answered: number
  desk: string
  last_customer_at: number
  sent_since: number
}

export async function applyEffect(
  sql: Sql,
  { openKfId }: { openKfId: string },
  conv: string,
  row: EffectTarget,
  effect: EventEffect,
  now: number,
): Promise<void> {
  switch (effect.kind) {
    case 'recall': {
      // With what it turned out to say late, if that has become a message of its own.
      const recalled = await sql.run(
        `update message set state = 'recalled', media = '[]' where msgid in (?1, ?2)`,
        effect.msgid,
        toLateMsgid(effect.msgid),
      )
      await unlinkMedia(sql, 'msgid = ?1', effect.msgid)
      // It may stand in there as well.
      await sql.run(`update conversation set summary = '', summary_seq = 0 where id = ?1 and summary_seq > 0`, conv)
      // The recall came before its message: leave a mark, so that the message is never taken up.
      if (recalled === 0) {
        await insertMany(sql, 'message', MESSAGE_COLUMNS, [
          [effect.msgid, openKfId, null, null, 3, 'recalled', '', '', '', 'recalled', now, now, 0, 0],
        ])
      }
      return
    }
    case 'desk':
      if (effect.desk === 'person') await cancelReadyParts(sql, conv)
      // The person has dealt with what was waiting.
      else if (row.desk === 'person') row.answered = row.dirty
      row.desk = effect.desk
      if (effect.change !== undefined) {
        await recordDeskChange(sql, now, { ...effect.change, conv, openKfId })
      }
      return
    case 'send-failed': {
      const [part] = await sql.all<{ conv: string; payload: string; channel: string; sent_at: number }>(
        `update reply_part set state = 'failed', err = ?1 where msgid = ?2 and state <> 'failed' returning conv, payload, channel, sent_at`,
        effect.reason,
        effect.msgid,
      )
      // Unless they have written since: that began everything anew.
      if (effect.isOver === true && part !== undefined && part.sent_at >= row.last_customer_at) {
        await cancelReadyParts(sql, conv)
        if (effect.isFull === true) row.sent_since = QUOTA
      }
      // The customer waits for what the platform had taken: a person is to see it.
      if (part?.channel === 'send') {
        await park(sql, now, {
          ...{ stage: 'send', key: effect.msgid, conv: part.conv },
          ...{ reason: effect.reason, body: part.payload },
        })
      }
      return
    }
  }
}

/** The bot falls silent: what is not on its way yet is not sent. */
async function cancelReadyParts(sql: Sql, conv: string): Promise<void> {
  await sql.run(
    // The first condition on the state is that of the small index: SQLite takes it for nothing less.
    `update reply_part set state = 'cancelled'
     where conv = ?1 and state in ('ready', 'sending') and state = 'ready' and channel = 'send'`,
    conv,
  )
}
