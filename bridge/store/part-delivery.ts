/**
 * What becomes of a stored part: it is found in its turn, marked before the call, and settled by what the platform said. The msgid stays
 * while it is in doubt whether the platform has the part; the quota counts a part from its mark on.
 */
import { randomUUID } from 'node:crypto'
import { type ConversationClaim, QUOTA } from './conversation-claim.ts'
import { type Database, first } from './database.ts'
import { holdConversation } from './hold-conversation.ts'
import { leaseLost } from './lease-lost.ts'
import { park } from './parked-store.ts'
import { describeStep, IS_CONTENT, type Part, toPartMsgid, toStep } from './reply-part.ts'

export interface Postponement {
  inDoubt: boolean
  delayMs: number
  reason: string
  countAttempt: boolean
}

interface PartRow {
  msgid: string
  reply_id: string
  upto_seq: number
  no: number
  kind: string
  payload: string
  state: 'ready' | 'sending'
  in_doubt: number
  attempts: number
  due: number
  created_at: number
}

export function createPartDelivery(database: Database) {
  return {
    /** The first part or step of the conversation that is not settled, due or not: nothing behind it may overtake it. */
    async nextUnsent(conv: string): Promise<Part | undefined> {
      const row = await first(
        database.all<PartRow>(
          `select msgid, reply_id, upto_seq, no, kind, payload, state, in_doubt, attempts, due, created_at from reply_part
           where conv = ?1 and state in ('ready', 'sending') and channel = 'send' order by upto_seq, no limit 1`,
          conv,
        ),
      )
      if (row === undefined) return undefined
      return {
        msgid: row.msgid,
        replyId: row.reply_id,
        uptoSeq: row.upto_seq,
        no: row.no,
        step: toStep(row.kind, row.payload),
        state: row.state,
        isMarked: false,
        inDoubt: row.in_doubt === 1,
        isRenamed: false,
        createdAt: row.created_at,
        attempts: row.attempts,
        due: row.due,
      }
    },

    /**
     * Marks a part as on its way and reserves its place in the quota, before the call. `held` when the quota is used up: the part then
     * waits until the customer writes again; `gone` when it has been settled meanwhile. Rejects with `store.lease-lost`.
     */
    markSending: (claim: ConversationClaim, part: Part): Promise<'marked' | 'held' | 'gone'> =>
      database.transaction(async (sql) => {
        // A part that is on its way already has its place.
        const places = part.state === 'ready' ? 1 : 0
        const reserved = await sql.run(
          `update conversation set sent_since = sent_since + ?1 where id = ?2 and lease = ?3 and sent_since + ?1 <= ?4`,
          places,
          claim.conv,
          claim.lease,
          QUOTA,
        )
        if (reserved === 0) {
          const held = await sql.all(
            'select 1 as held from conversation where id = ?1 and lease = ?2',
            claim.conv,
            claim.lease,
          )
          if (held.length === 0) throw leaseLost('conversation')
          await sql.run(
            `update reply_part set state = 'held', err = 'quota' where msgid = ?1 and state in ('ready', 'sending')`,
            part.msgid,
          )
          return 'held'
        }
        const marked = await sql.run(
          `update reply_part set state = 'sending', in_doubt = 1 where msgid = ?1 and state in ('ready', 'sending')`,
          part.msgid,
        )
        if (marked === 1) return 'marked'
        await sql.run(
          'update conversation set sent_since = sent_since - cast(?1 as int) where id = ?2',
          places,
          claim.conv,
        )
        return 'gone'
      }),

    /**
     * True whoever finds it out, so it is written also by a sender whose lease is lost. `sentAs` is the msgid that it went under: another one
     * when a file had to be uploaded again.
     */
    async markSent(part: Part, sentAs: string): Promise<void> {
      const now = database.now()
      await database.run(
        `update reply_part set state = 'sent', in_doubt = 0, sent_at = ?1, attempts = 0, err = '', msgid = ?3
         where msgid = ?2 and state = 'sending'`,
        now,
        part.msgid,
        sentAs,
      )
    },

    /**
     * Not delivered, and not to be tried again: the platform refused it for good. The rest of the answer goes with it. A part that was in
     * doubt from an earlier attempt stays so, for the case that a person has it sent again. Rejects with `store.lease-lost`.
     */
    markRefused: (claim: ConversationClaim, part: Part, state: 'failed' | 'held', reason: string): Promise<void> =>
      database.transaction(async (sql) => {
        await holdConversation(sql, claim)
        const changed = await sql.run(
          `update reply_part set state = ?1, in_doubt = ?2, err = ?3 where msgid = ?4 and state = 'sending'`,
          state,
          part.inDoubt ? 1 : 0,
          reason,
          part.msgid,
        )
        if (changed === 0) return
        await sql.run(
          `update conversation set sent_since = case when sent_since > 0 then sent_since - 1 else 0 end where id = ?1`,
          claim.conv,
        )
        await sql.run(
          // A person is to come all the same, and an answer that is being written ends by itself.
          `update reply_part set state = ?1, err = ?2 where reply_id = ?3 and state = 'ready' and ${IS_CONTENT}`,
          state,
          reason,
          part.replyId,
        )
        if (state === 'failed') {
          await park(sql, database.now(), {
            stage: 'send',
            key: part.msgid,
            conv: claim.conv,
            reason,
            body: describeStep(part.step).payload,
          })
        }
      }),

    /**
     * Tries the part again after `delayMs`. After a refusal the attempt is known not to have been carried out, so the doubt is what it was
     * before; after silence it is in doubt. Rejects with `store.lease-lost`.
     */
    postponePart: (
      claim: ConversationClaim,
      part: Part,
      { inDoubt, delayMs, reason, countAttempt }: Postponement,
    ): Promise<void> =>
      database.transaction(async (sql) => {
        await holdConversation(sql, claim)
        const due = database.now() + delayMs
        await sql.run(
          `update reply_part set in_doubt = ?1, attempts = attempts + ?2, due = ?3, wake = ?3, err = ?4
           where msgid = ?5 and state = 'sending'`,
          inDoubt ? 1 : 0,
          countAttempt ? 1 : 0,
          due,
          reason,
          part.msgid,
        )
      }),

    /**
     * A msgid that the platform has seen though we never sent it: the part goes out under another one. Undefined when it has been settled
     * meanwhile. Rejects with `store.lease-lost` when it may have been somebody else who sent it.
     */
    renameMsgid: (claim: ConversationClaim, part: Part): Promise<Part | undefined> =>
      database.transaction(async (sql) => {
        await holdConversation(sql, claim)
        const msgid = toPartMsgid(part.replyId, `${part.no}/again/${randomUUID()}`)
        const renamed = await sql.run(
          `update reply_part set msgid = ?1 where msgid = ?2 and state = 'sending'`,
          msgid,
          part.msgid,
        )
        return renamed === 0 ? undefined : { ...part, msgid, state: 'sending', isRenamed: true }
      }),
  }
}
