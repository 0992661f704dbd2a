/**
 * Answers and their parts. A part is stored before it is sent, under a msgid that never changes while it is in doubt, so
 * that sending it again after a crash is refused by the platform instead of doubling it.
 *
 * What else has to happen in the order of a conversation's parts is a row among them, a step: an answer that is still being written (`open`:
 * whoever finds it goes on with it or closes it), and a hand-over to a person after what was said. So nothing that follows can overtake
 * it, and the sweeper finds it after a crash like any part.
 */
import { randomUUID } from 'node:crypto'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { CLAIM_COLUMNS, type ClaimRow, type ConversationClaim, QUOTA, toClaim, unsentOf } from './conversation-claim.ts'
import type { Database, Sql } from './database.ts'
import type { DueTiming } from './due-timing.ts'
import { holdConversation } from './hold-conversation.ts'
import { insertMany } from './insert-many.ts'
import { leaseLost } from './lease-lost.ts'
import { park } from './parked-store.ts'
import { createPartDelivery } from './part-delivery.ts'
import { describeStep, fromPayload, IS_CONTENT, type Part, STEP_NO, type Step, toPartMsgid } from './reply-part.ts'

/** Who wrote it, what it cost, and what becomes of it; known when it is whole. */
export interface ReplyEnd {
  answerer: string
  usage: { model: string; inputTokens: number; cachedInputTokens: number; outputTokens: number }
  latencyMs: number
  /** Millionths of a yuan. */
  costMicros: number
  /** The ids of the passages that it was written from. */
  sources: readonly string[]
  /** Why a person takes over once the parts are sent. */
  handOver?: string
  /** Present when the range was given up and the text only says so. */
  parked?: { stage: string; reason: string; body: string }
}

export interface NewReply extends ReplyEnd {
  fromSeq: number
  uptoSeq: number
  contents: readonly ReplyContent[]
  /** More of it will be appended. */
  isOpen?: boolean
}

/** What is stored, the first part on its way already when nothing stands before it and the quota has a place. */
export interface SavedReply {
  id: string
  /** As the row is now. */
  claim: ConversationClaim
  /** In order, steps included. */
  parts: Part[]
}

/** An answer that was begun, as far as it is stored. */
export interface OpenReply {
  id: string
  answerer: string
  fromSeq: number
  uptoSeq: number
  contents: ReplyContent[]
}

const PART_COLUMNS = [
  'msgid',
  'reply_id',
  'conv',
  'upto_seq',
  'no',
  'channel',
  'kind',
  'payload',
  'state',
  'in_doubt',
  'created_at',
  'due',
  'wake',
] as const

export function createReplyStore(database: Database, { graceMs }: Pick<DueTiming, 'graceMs'>) {
  const toParts = (
    replyId: string,
    uptoSeq: number,
    from: number,
    contents: readonly ReplyContent[],
    { isOpen, handOver }: Pick<NewReply, 'isOpen' | 'handOver'>,
  ): Part[] => {
    const now = database.now()
    const steps: [number, Step][] = contents.map((content, index) => [from + index, { kind: 'content', content }])
    if (isOpen === true) steps.push([STEP_NO.open, { kind: 'open' }])
    if (handOver !== undefined) steps.push([STEP_NO['hand-over'], { kind: 'hand-over', cause: handOver }])
    return steps.map(([no, step]) => ({
      ...{ msgid: toPartMsgid(replyId, no), replyId, uptoSeq, no, step },
      ...{ state: 'ready', isMarked: false, inDoubt: false, isRenamed: false, attempts: 0, due: now, createdAt: now },
    }))
  }

  const insertParts = (sql: Sql, conv: string, parts: readonly Part[], state?: 'cancelled'): Promise<void> =>
    insertMany(
      sql,
      'reply_part',
      PART_COLUMNS,
      parts.map((part) => {
        const { kind, payload } = describeStep(part.step)
        const { msgid, replyId, uptoSeq, no, createdAt, due } = part
        const row = [msgid, replyId, conv, uptoSeq, no, 'send', kind, payload, state ?? part.state]
        return [...row, part.isMarked ? 1 : 0, createdAt, due, due + graceMs]
      }),
    )

  /** The first part on its way in the transaction that stores it, when nothing stands before it. `row`: with its place counted already. */
  const markFirst = async (sql: Sql, row: ClaimRow, parts: Part[], isReserved: boolean) => {
    const [head] = parts
    if (!isReserved) return
    if (head !== undefined && row.unsent === 0 && row.sent_since <= QUOTA) {
      head.state = 'sending'
      head.isMarked = true
      return
    }
    row.sent_since -= 1
    await sql.run('update conversation set sent_since = sent_since - 1 where id = ?1', row.id)
  }

  /** `at`: when the reply was made, which ties the two; see parked-retry.ts. */
  const saveParked = async (sql: Sql, at: number, conv: string, fromSeq: number, { parked }: ReplyEnd) => {
    if (parked !== undefined) await park(sql, at, { key: `${conv}#${fromSeq}`, conv, ...parked })
  }

  return {
    ...createPartDelivery(database),

    /**
     * Stores an answer, whole or its beginning, and takes the first part's place in the quota. Resolves to undefined when more came since the
     * claim was read (and `evenIfMoved` is not set); rejects with `store.lease-lost` when somebody else has the conversation.
     */
    save: (claim: ConversationClaim, reply: NewReply, evenIfMoved: boolean): Promise<SavedReply | undefined> =>
      database.transaction(async (sql) => {
        const isReserved = reply.contents.length > 0
        const [row] = await sql.all<ClaimRow>(
          `update conversation set answered = ?1, attempts = 0, discarded = 0, last_error = '',
             sent_since = sent_since + cast(?7 as int)
           where id = ?2 and lease = ?3 and desk = 'bot' and answered = ?4 and (version = ?5 or ?6 = 1)
           returning ${CLAIM_COLUMNS}, ${unsentOf('?2')}`,
          reply.uptoSeq,
          claim.conv,
          claim.lease,
          claim.answered,
          claim.version,
          evenIfMoved ? 1 : 0,
          isReserved ? 1 : 0,
        )
        if (row === undefined) {
          const held = await sql.all(
            'select 1 as held from conversation where id = ?1 and lease = ?2',
            claim.conv,
            claim.lease,
          )
          if (held.length === 0) throw leaseLost('conversation')
          return undefined
        }
        const id = randomUUID()
        const now = database.now()
        await sql.run(
          `insert into reply (id, conv, from_seq, upto_seq, state, answerer, model, input_tokens, cached_tokens, output_tokens,
             latency_ms, cost_micros, sources, created_at)
           values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`,
          id,
          claim.conv,
          reply.fromSeq,
          reply.uptoSeq,
          reply.isOpen === true ? 'open' : 'closed',
          reply.answerer,
          reply.usage.model,
          reply.usage.inputTokens,
          reply.usage.cachedInputTokens,
          reply.usage.outputTokens,
          reply.latencyMs,
          reply.costMicros,
          JSON.stringify(reply.sources),
          now,
        )
        const parts = toParts(id, reply.uptoSeq, 0, reply.contents, reply)
        await markFirst(sql, row, parts, isReserved)
        await insertParts(sql, claim.conv, parts)
        await saveParked(sql, now, claim.conv, reply.fromSeq, reply)
        return { id, claim: toClaim(row, claim.lease), parts }
      }),

    /**
     * Adds to an open answer; `end` closes it. What follows a part that did not arrive is stored, and not sent. Resolves to undefined when it
     * is not open any more; rejects with `store.lease-lost`.
     */
    append: (
      claim: ConversationClaim,
      replyId: string,
      { contents, end }: { contents: readonly ReplyContent[]; end?: ReplyEnd },
    ): Promise<SavedReply | undefined> =>
      database.transaction(async (sql) => {
        const wanted = contents.length > 0 ? 1 : 0
        const [row] = await sql.all<ClaimRow>(
          `update conversation set sent_since = sent_since + cast(?3 as int) where id = ?1 and lease = ?2 returning ${CLAIM_COLUMNS}`,
          claim.conv,
          claim.lease,
          wanted,
        )
        if (row === undefined) throw leaseLost('conversation')
        const [reply] = await sql.all<{ from_seq: number; upto_seq: number; created_at: number }>(
          `select from_seq, upto_seq, created_at from reply where id = ?1 and state = 'open'`,
          replyId,
        )
        const known = await sql.all<{ no: number; kind: string; state: string }>(
          'select no, kind, state from reply_part where reply_id = ?1 order by no',
          replyId,
        )
        const isStopped = known.some(({ state }) => state === 'failed' || state === 'held' || state === 'cancelled')
        const isWaiting = known.some(({ no, state }) => no < STEP_NO.open && (state === 'ready' || state === 'sending'))
        const from = known.filter(({ no }) => no < STEP_NO.open).length
        const parts = reply === undefined ? [] : toParts(replyId, reply.upto_seq, from, contents, end ?? {})
        const isReserved = wanted === 1
        await markFirst(
          sql,
          { ...row, unsent: isWaiting || isStopped || reply === undefined ? 1 : 0 },
          parts,
          isReserved,
        )
        if (end !== undefined)
          await sql.run(`delete from reply_part where reply_id = ?1 and no = ${STEP_NO.open}`, replyId)
        if (reply === undefined) return undefined
        await insertParts(sql, claim.conv, parts, isStopped ? 'cancelled' : undefined)
        if (end !== undefined) {
          await sql.run(
            `update reply set state = 'closed', answerer = ?2, model = ?3, input_tokens = ?4, cached_tokens = ?5, output_tokens = ?6,
               latency_ms = ?7, cost_micros = ?8, sources = ?9
             where id = ?1`,
            replyId,
            end.answerer,
            end.usage.model,
            end.usage.inputTokens,
            end.usage.cachedInputTokens,
            end.usage.outputTokens,
            end.latencyMs,
            end.costMicros,
            JSON.stringify(end.sources),
          )
          await saveParked(sql, reply.created_at, claim.conv, reply.from_seq, end)
        }
        const after = { ...row, sent_since: row.sent_since - (isReserved && parts[0]?.isMarked !== true ? 1 : 0) }
        return { id: replyId, claim: toClaim(after, claim.lease), parts: isStopped ? [] : parts }
      }),

    /** What is stored of an answer that was begun; undefined when it is not open any more. */
    async findOpen(replyId: string): Promise<OpenReply | undefined> {
      const rows = await database.all<{ answerer: string; from_seq: number; upto_seq: number; payload: string | null }>(
        `select reply.answerer, reply.from_seq, reply.upto_seq, reply_part.payload from reply
         left join reply_part on reply_part.reply_id = reply.id and reply_part.${IS_CONTENT}
         where reply.id = ?1 and reply.state = 'open' order by reply_part.no`,
        replyId,
      )
      const [head] = rows
      if (head === undefined) return undefined
      const contents = rows.flatMap(({ payload }) => (payload === null ? [] : fromPayload(payload)))
      return { id: replyId, answerer: head.answerer, fromSeq: head.from_seq, uptoSeq: head.upto_seq, contents }
    },

    /**
     * The hand-over has been dealt with: a person has the conversation and the bot falls silent, or nobody is there and `contents` says so.
     * `parked`: that somebody has to look after it. Rejects with `store.lease-lost`.
     */
    finishHandOver: (
      claim: ConversationClaim,
      step: Part,
      result: { isHandedOver: true } | { isHandedOver: false; contents: readonly ReplyContent[]; parked?: string },
    ): Promise<void> =>
      database.transaction(async (sql) => {
        await holdConversation(sql, claim)
        const done = await sql.run(
          `delete from reply_part where msgid = ?1 and state in ('ready', 'sending')`,
          step.msgid,
        )
        if (done === 0) return
        if (result.isHandedOver) {
          await sql.run(`update conversation set desk = 'person', version = version + 1 where id = ?1`, claim.conv)
          return
        }
        const [reply] = await sql.all<{ from_seq: number; created_at: number; n: number }>(
          `select from_seq, created_at, (select count(*) from reply_part where reply_id = reply.id) as n from reply where id = ?1`,
          step.replyId,
        )
        if (reply === undefined) return
        await insertParts(sql, claim.conv, toParts(step.replyId, step.uptoSeq, reply.n, result.contents, {}))
        if (result.parked !== undefined) {
          const key = `${claim.conv}#${reply.from_seq}`
          const entry = { stage: 'needs_person', key, conv: claim.conv, reason: result.parked, body: '' }
          await park(sql, reply.created_at, entry)
        }
      }),

    /** Tries a step again after `delayMs`. Rejects with `store.lease-lost`. */
    postponeStep: (claim: ConversationClaim, step: Part, delayMs: number, reason: string): Promise<void> =>
      database.transaction(async (sql) => {
        await holdConversation(sql, claim)
        const due = database.now() + delayMs
        await sql.run(
          `update reply_part set attempts = attempts + 1, due = ?1, wake = ?1, err = ?2 where msgid = ?3 and state = 'ready'`,
          due,
          reason,
          step.msgid,
        )
      }),
  }
}

export type ReplyStore = ReturnType<typeof createReplyStore>
