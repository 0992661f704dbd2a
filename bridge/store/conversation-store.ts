/** A customer's conversation: who works on it, what was said in it, and how far it is answered. */
import { CLAIM_COLUMNS, type ClaimRow, type ConversationClaim, toClaim, unsentOf } from './conversation-claim.ts'
import { type Database, first } from './database.ts'
import { type DueTiming, EARLY_MS } from './due-timing.ts'
import { leaseLost } from './lease-lost.ts'
import { recordDeskChange } from './record-desk-change.ts'

/** One row of the conversation's memory. */
export interface RememberedMessage {
  msgid: string
  seq: number
  /** 0 ours (a late result), 3 customer, 4 event, 5 servicer. */
  origin: number
  type: string
  text: string
  state: string
  /** Unix ms, by the platform's clock. */
  sendTime: number
  /** As the platform gave it; '' for what is answered already. */
  raw: string
}

export interface RememberedPart {
  uptoSeq: number
  payload: string
  state: string
  /** 1 for what was said out of turn, as a welcome is, after the message of that number. */
  isNotice: number
}

const UNSENT = `reply_part.conv = ?3 and reply_part.state in ('ready', 'sending') and reply_part.channel = 'send'`

export function createConversationStore(
  database: Database,
  { parseWaitMs, graceMs }: { parseWaitMs: number } & Pick<DueTiming, 'graceMs'>,
) {
  return {
    /**
     * Takes a conversation that has something to send or to answer. Undefined when there is nothing, when a part waits for its next
     * try (nothing may overtake it), or when somebody else has it. It may come a little early: look at `due` again.
     */
    async claim(conv: string, lease: string, ttlMs: number): Promise<ConversationClaim | undefined> {
      const now = database.now()
      const row = await first(
        database.all<ClaimRow>(
          `update conversation set lease = ?1, lease_until = ?2, wake = ?2
           where id = ?3 and lease_until <= ?4
             and not exists (select 1 from reply_part where ${UNSENT} and reply_part.due > ?6)
             and (dirty > answered and due <= ?6 and (parsed >= dirty or first_due <= ?5)
               or exists (select 1 from reply_part where ${UNSENT}))
           returning ${CLAIM_COLUMNS}, ${unsentOf('?3')}`,
          lease,
          now + ttlMs,
          conv,
          now,
          now - parseWaitMs,
          now + EARLY_MS,
        ),
      )
      return row === undefined ? undefined : toClaim(row, lease)
    },

    /** The row as it is now; undefined when the lease is lost. */
    async reload(claim: ConversationClaim): Promise<ConversationClaim | undefined> {
      const row = await first(
        database.all<ClaimRow>(
          `select ${CLAIM_COLUMNS} from conversation where id = ?1 and lease = ?2`,
          claim.conv,
          claim.lease,
        ),
      )
      return row === undefined ? undefined : toClaim(row, claim.lease)
    },

    async renew(claim: ConversationClaim, ttlMs: number): Promise<boolean> {
      const until = database.now() + ttlMs
      const changed = await database.run(
        'update conversation set lease_until = ?1, wake = ?1 where id = ?2 and lease = ?3',
        until,
        claim.conv,
        claim.lease,
      )
      return changed === 1
    },

    /** Lets go. Returns when to look again if something is left that can be answered. */
    async release(claim: ConversationClaim): Promise<{ due: number } | undefined> {
      const row = await first(
        database.all<{ dirty: number; answered: number; parsed: number; due: number }>(
          `update conversation set lease = '', lease_until = 0, wake = due + ?1 where id = ?2 and lease = ?3
           returning dirty, answered, parsed, due`,
          graceMs,
          claim.conv,
          claim.lease,
        ),
      )
      if (row === undefined) return undefined
      const isDue = row.dirty > row.answered && row.parsed >= row.dirty
      return isDue ? { due: row.due } : undefined
    },

    /** The answer failed; try again after `delayMs`. `countAttempt` is false when the failure says nothing about this conversation. */
    async postpone(claim: ConversationClaim, delayMs: number, reason: string, countAttempt: boolean): Promise<void> {
      await database.run(
        `update conversation set lease = '', lease_until = 0, attempts = attempts + ?1, due = ?2, wake = ?2, last_error = ?3
         where id = ?4 and lease = ?5`,
        countAttempt ? 1 : 0,
        database.now() + delayMs,
        reason,
        claim.conv,
        claim.lease,
      )
    },

    async countDiscarded(claim: ConversationClaim): Promise<void> {
      await database.run(
        'update conversation set discarded = discarded + 1 where id = ?1 and lease = ?2',
        claim.conv,
        claim.lease,
      )
    },

    /** There is nothing to answer in what came: all of it was recalled or given up, or a person has answered. */
    async advanceUnanswered(claim: ConversationClaim, uptoSeq: number): Promise<void> {
      await database.run(
        `update conversation set answered = ?1, attempts = 0, discarded = 0, last_error = ''
         where id = ?2 and lease = ?3 and answered < ?1`,
        uptoSeq,
        claim.conv,
        claim.lease,
      )
    },

    /**
     * The platform says that a person has the conversation: the bot falls silent and what was ready is not sent. Rejects with
     * `store.lease-lost`.
     */
    giveToPerson: (claim: ConversationClaim): Promise<void> =>
      database.transaction(async (sql) => {
        const held = await sql.run(
          `update conversation set desk = 'person', version = version + 1 where id = ?1 and lease = ?2`,
          claim.conv,
          claim.lease,
        )
        if (held === 0) throw leaseLost('conversation')
        if (claim.desk === 'bot')
          await recordDeskChange(sql, database.now(), { ...toPlace(claim), ...FOUND_WITH_PERSON })
        await sql.run(
          `update reply_part set state = 'cancelled' where conv = ?1 and state in ('ready', 'sending') and channel = 'send'`,
          claim.conv,
        )
      }),

    /** The person is gone, says the platform: the bot answers again. Resolves to the row as it is then. */
    takeBack: (claim: ConversationClaim): Promise<ConversationClaim | undefined> =>
      database.transaction(async (sql) => {
        const [row] = await sql.all<ClaimRow>(
          `update conversation set desk = 'bot', version = version + 1 where id = ?1 and lease = ?2 returning ${CLAIM_COLUMNS}`,
          claim.conv,
          claim.lease,
        )
        if (row === undefined) return undefined
        await recordDeskChange(sql, database.now(), { ...toPlace(claim), ...PERSON_GONE })
        return toClaim(row, claim.lease)
      }),

    /** What a summary begins from; undefined when the conversation is gone. */
    async readForSummary(conv: string) {
      return first(
        database.all<{ answered: number; version: number; summary: string; summarySeq: number }>(
          'select answered, version, summary, summary_seq as "summarySeq" from conversation where id = ?1',
          conv,
        ),
      )
    },

    /** False when the conversation has changed since: a recall may have taken back what is in it. */
    async saveSummary(
      conv: string,
      { summary, uptoSeq, version }: { summary: string; uptoSeq: number; version: number },
    ): Promise<boolean> {
      const saved = await database.run(
        `update conversation set summary = ?1, summary_seq = ?2, summary_at = ?3
         where id = ?4 and version = ?5 and summary_seq < ?2`,
        summary,
        uptoSeq,
        database.now(),
        conv,
        version,
      )
      return saved === 1
    },

    /** The newest rows up to `uptoSeq`, oldest first; those after `answeredSeq` whole. The cost does not grow with the history. */
    async remember(conv: string, uptoSeq: number, limit: number, answeredSeq = uptoSeq) {
      const messages = await database.all<RememberedMessage>(
        `select msgid, seq, origin, type, text, state, send_time as "sendTime",
           case when seq > ?4 then raw else '' end as raw
         from message where conv = ?1 and seq <= ?2 order by seq desc limit ?3`,
        conv,
        uptoSeq,
        limit,
        answeredSeq,
      )
      messages.reverse()
      const parts = await database.all<RememberedPart>(
        `select reply_part.upto_seq as "uptoSeq", reply_part.payload, reply_part.state, 0 as "isNotice", reply.from_seq as place, reply_part.no as no
         from reply join reply_part on reply_part.reply_id = reply.id
         where reply.conv = ?1 and reply.from_seq >= ?2 and reply_part.kind not in ('open', 'hand-over')
         union all
         select upto_seq, payload, state, 1, upto_seq, created_at from reply_part
         where reply_id is null and conv = ?1 and remembered = 1 and state = 'sent' and upto_seq >= ?2 - 1
         order by 5, 6`,
        conv,
        messages[0]?.seq ?? 0,
      )
      return { messages, parts }
    },
  }
}

/** What the platform said when it was asked; no event told of it. */
const FOUND_WITH_PERSON = { state: 3, servicerUserId: '', cause: 'found-with-person' }
const PERSON_GONE = { state: 1, servicerUserId: '', cause: 'person-gone' }

function toPlace({ conv, openKfId }: ConversationClaim): { conv: string; openKfId: string } {
  return { conv, openKfId }
}

export type ConversationStore = ReturnType<typeof createConversationStore>
