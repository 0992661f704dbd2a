/**
 * Answers and their parts. A part is stored before it is sent, under a msgid that never changes while it is in doubt, so
 * that sending it again after a crash is refused by the platform instead of doubling it.
 *
 * What else has to happen in the order of a conversation's parts is a row among them, a step: an answer that is still being written (`open`:
 * whoever finds it goes on with it or closes it), and a hand-over to a person after what was said. So nothing that follows can overtake
 * it, and the sweeper finds it after a crash like any part.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { CLAIM_COLUMNS, type ClaimRow, type ConversationClaim, QUOTA, toClaim, unsentOf } from './conversation-claim.ts'
import { type Database, first, type Sql } from './database.ts'
import type { DueTiming } from './due-timing.ts'
import { insertMany } from './insert-many.ts'
import { leaseLost } from './lease-lost.ts'
import { park } from './parked-store.ts'

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

export type Step = { kind: 'content'; content: ReplyContent } | { kind: 'open' } | { kind: 'hand-over'; cause: string }

export interface Part {
  msgid: string
  replyId: string
  uptoSeq: number
  no: number
  step: Step
  state: 'ready' | 'sending'
  /** True when its place and its state were taken by the transaction that stored it. */
  isMarked: boolean
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

/** An answer that was begun, as far as it is stored. */
export interface OpenReply {
  id: string
  answerer: string
  fromSeq: number
  uptoSeq: number
  contents: ReplyContent[]
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

/** Steps come after every part of their reply. */
const STEP_NO = { open: 1000, 'hand-over': 1001 } as const

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

const IS_CONTENT = `kind not in ('open', 'hand-over')`

/** 32 hex characters. The reply's id is random, so a database that was wiped can't use one again. */
export function toPartMsgid(replyId: string, no: number | string): string {
  return createHash('sha256').update(`${replyId}/${no}`).digest('hex').slice(0, 32)
}

export function toPayload(content: ReplyContent): string {
  return JSON.stringify(content)
}

/** The rows are written by `toPayload` alone. */
export function fromPayload(payload: string): ReplyContent {
  return JSON.parse(payload) as ReplyContent
}

function toStep(kind: string, payload: string): Step {
  if (kind === 'open') return { kind }
  if (kind === 'hand-over') return { kind, cause: (JSON.parse(payload) as { cause: string }).cause }
  return { kind: 'content', content: fromPayload(payload) }
}

function describeStep(step: Step): { kind: string; payload: string } {
  if (step.kind === 'content') return { kind: step.content.type, payload: toPayload(step.content) }
  return { kind: step.kind, payload: JSON.stringify(step.kind === 'open' ? {} : { cause: step.cause }) }
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
        await holdLease(sql, claim)
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
        await holdLease(sql, claim)
        const due = database.now() + delayMs
        await sql.run(
          `update reply_part set attempts = attempts + 1, due = ?1, wake = ?1, err = ?2 where msgid = ?3 and state = 'ready'`,
          due,
          reason,
          step.msgid,
        )
      }),

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
