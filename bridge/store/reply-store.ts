/**
 * Answers and their parts. A part is stored before it is sent, under a msgid that never changes while it is in doubt, so
 * that sending it again after a crash is refused by the platform instead of doubling it.
 */
import { createHash, randomUUID } from 'node:crypto'
import { type ConversationClaim, QUOTA } from './conversation-store.ts'
import { type Database, first, type Sql } from './database.ts'
import type { DueTiming } from './due-timing.ts'
import { leaseLost } from './lease-lost.ts'
import { park } from './parked-store.ts'

export interface NewReply {
  fromSeq: number
  uptoSeq: number
  answerer: string
  usage: { model: string; inputTokens: number; cachedInputTokens: number; outputTokens: number }
  latencyMs: number
  texts: readonly string[]
  /** Present when the range was given up and the text only says so. */
  parked?: { stage: string; reason: string; body: string }
}

export interface Part {
  msgid: string
  replyId: string
  uptoSeq: number
  no: number
  text: string
  state: 'ready' | 'sending'
  /** True when an earlier attempt may have been accepted. */
  inDoubt: boolean
  /** True when it has been given another msgid in this attempt. */
  isRenamed: boolean
  attempts: number
  due: number
  createdAt: number
}

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
  payload: string
  state: 'ready' | 'sending'
  in_doubt: number
  attempts: number
  due: number
  created_at: number
}

/** 32 hex characters. The reply's id is random, so a database that was wiped can't use one again. */
export function toPartMsgid(replyId: string, no: number | string): string {
  return createHash('sha256').update(`${replyId}/${no}`).digest('hex').slice(0, 32)
}

export function toPayload(text: string): string {
  return JSON.stringify({ text })
}

export function fromPayload(payload: string): string {
  return (JSON.parse(payload) as { text: string }).text
}

/**
 * The conversation's row goes first, as in every transaction, so that two can't wait for each other. Held until the end: what the platform
 * said to a sender that stalled must not undo what the next one knows.
 */
async function holdLease(sql: Sql, claim: ConversationClaim): Promise<void> {
  const held = await sql.run('update conversation set lease = ?1 where id = ?2 and lease = ?1', claim.lease, claim.conv)
  if (held === 0) throw leaseLost('conversation')
}

export function createReplyStore(database: Database, { graceMs }: Pick<DueTiming, 'graceMs'>) {
  return {
    /**
     * Stores a whole answer. Resolves to false when more came since the claim was read (and `evenIfMoved` is not set); rejects with
     * `store.lease-lost` when somebody else has the conversation.
     */
    save: (claim: ConversationClaim, reply: NewReply, evenIfMoved: boolean): Promise<boolean> =>
      database.transaction(async (sql) => {
        const now = database.now()
        const [row] = await sql.all<{ version: number }>(
          `update conversation set answered = ?1, attempts = 0, discarded = 0, last_error = ''
           where id = ?2 and lease = ?3 and desk = 'bot' and answered = ?4 and (version = ?5 or ?6 = 1)
           returning version`,
          reply.uptoSeq,
          claim.conv,
          claim.lease,
          claim.answered,
          claim.version,
          evenIfMoved ? 1 : 0,
        )
        if (row === undefined) {
          const held = await sql.all(
            'select 1 as held from conversation where id = ?1 and lease = ?2',
            claim.conv,
            claim.lease,
          )
          if (held.length === 0) throw leaseLost('conversation')
          return false
        }
        const id = randomUUID()
        await sql.run(
          `insert into reply (id, conv, from_seq, upto_seq, state, answerer, model, input_tokens, cached_tokens, output_tokens,
             latency_ms, created_at)
           values (?1, ?2, ?3, ?4, 'closed', ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
          id,
          claim.conv,
          reply.fromSeq,
          reply.uptoSeq,
          reply.answerer,
          reply.usage.model,
          reply.usage.inputTokens,
          reply.usage.cachedInputTokens,
          reply.usage.outputTokens,
          reply.latencyMs,
          now,
        )
        for (const [no, text] of reply.texts.entries()) {
          await sql.run(
            `insert into reply_part (msgid, reply_id, conv, upto_seq, no, channel, kind, payload, state, created_at, due, wake)
             values (?1, ?2, ?3, ?4, ?5, 'send', 'text', ?6, 'ready', ?7, ?7, ?8)`,
            toPartMsgid(id, no),
            id,
            claim.conv,
            reply.uptoSeq,
            no,
            toPayload(text),
            now,
            now + graceMs,
          )
        }
        if (reply.parked !== undefined) {
          await park(sql, now, {
            key: `${claim.conv}#${reply.fromSeq}`,
            conv: claim.conv,
            ...reply.parked,
          })
        }
        return true
      }),

    /** The first part of the conversation that is not settled, due or not: nothing behind it may overtake it. */
    async nextUnsent(conv: string): Promise<Part | undefined> {
      const row = await first(
        database.all<PartRow>(
          `select msgid, reply_id, upto_seq, no, payload, state, in_doubt, attempts, due, created_at from reply_part
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
        text: fromPayload(row.payload),
        state: row.state,
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

    /** True whoever finds it out, so it is written also by a sender whose lease is lost. */
    async markSent(part: Part): Promise<void> {
      const now = database.now()
      await database.run(
        `update reply_part set state = 'sent', in_doubt = 0, sent_at = ?1, attempts = 0, err = ''
         where msgid = ?2 and state = 'sending'`,
        now,
        part.msgid,
      )
    },

    /**
     * Not delivered, and not to be tried again: the platform refused it for good. The rest of the answer goes with it. A part that was in
     * doubt from an earlier attempt stays so, for the case that a person has it sent again. Rejects with `store.lease-lost`.
     */
    markRefused: (claim: ConversationClaim, part: Part, state: 'failed' | 'held', reason: string): Promise<void> =>
      database.transaction(async (sql) => {
        await holdLease(sql, claim)
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
          `update reply_part set state = ?1, err = ?2 where reply_id = ?3 and state = 'ready'`,
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
            body: toPayload(part.text),
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
        await holdLease(sql, claim)
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
        await holdLease(sql, claim)
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

export type ReplyStore = ReturnType<typeof createReplyStore>
