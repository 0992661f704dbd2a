/**
 * Makes something that was given up due again: what is changed and the entry that is closed are one transaction, and the sweeper
 * of a running bridge does the rest. Nothing is made due that could not reach the customer.
 *
 * - A message that could not be read, or was too old to be answered, is read again. What it says becomes a message of nobody, which
 *   gets the follow-up answered.
 * - A range that was given up has an answer already, the apology. Its words are put again, as a message of nobody.
 * - A part that was refused goes out again with the rest of its answer, under new msgids. What may have been delivered after all
 *   keeps its msgid, so that the platform can refuse it.
 */
import { randomUUID } from 'node:crypto'
import { QUOTA } from './conversation-claim.ts'
import { createConversationCounters, type LockedConversation } from './conversation-counters.ts'
import { type Database, first, type Sql } from './database.ts'
import { type ParkedEntry, toPersonKey } from './parked-store.ts'
import { toPartMsgid } from './reply-part.ts'

export type RetryRefusal =
  /** The customer wrote more than 48 h ago: the platform takes nothing until they write again. */
  | 'window-closed'
  /** Five messages were sent since the customer last wrote: the platform takes no more until they write again. */
  | 'quota-used'
  /** A person of the company has the conversation. */
  | 'with-person'
  /** Everything that was to be answered has been recalled. */
  | 'recalled'
  /** The content is gone: retention has deleted it. */
  | 'purged'
  /** It is on its way already, or has arrived. */
  | 'settled'
  /** Can't be repeated: its time is over for good. */
  | 'not-retryable'

export type RetryResult = { kind: 'retried' } | { kind: 'refused'; reason: RetryRefusal } | { kind: 'missing' }

/** https://developer.work.weixin.qq.com/document/path/94677 */
const WINDOW_MS = 48 * 3_600_000

/** No pointer is on its way for what is done here, so the sweeper is to look at once. */
const AT_ONCE = { burstQuietMs: 0, burstMaxWaitMs: 0, graceMs: 0 }

interface FailedPart {
  msgid: string
  reply_id: string
  no: number
  in_doubt: number
}

/** Resolves to what became of an open entry; `missing` when it is not open any more. */
export function createParkedRetry(database: Database) {
  const counters = createConversationCounters(database, AT_ONCE)

  const close = async (sql: Sql, id: string): Promise<boolean> =>
    (await sql.run('update parked set closed_at = ?1 where id = ?2 and closed_at = 0', database.now(), id)) === 1

  const refuseUnreachable = (row: LockedConversation): RetryRefusal | undefined => {
    if (row.last_customer_at + WINDOW_MS <= database.now()) return 'window-closed'
    if (row.desk !== 'bot') return 'with-person'
    return row.sent_since >= QUOTA ? 'quota-used' : undefined
  }

  const readAgain = async (sql: Sql, entry: ParkedEntry, row: LockedConversation): Promise<RetryResult> => {
    const message = await first(sql.all<{ state: string; raw: string }>(STATE_OF_MESSAGE, entry.key))
    if (message === undefined) return refused('purged')
    if (message.state === 'recalled') return refused('recalled')
    // Kept for people because nothing of it could be read: by now something may be there that can.
    const isUnreadable = entry.reason === 'unreadable' && message.state === 'parsed'
    if (message.state !== 'parked' && message.state !== 'unsure' && !isUnreadable) return refused('settled')
    if (message.raw === '') return refused('purged')
    if (!(await close(sql, entry.id))) return { kind: 'missing' }
    // Provisional: the conversation has gone on without it, so its text is to be answered as a late result.
    const now = database.now()
    await sql.run(
      `update message set state = 'provisional', lease = '', lease_until = 0, attempts = 0, last_error = '', due = ?1, wake = ?1
       where msgid = ?2`,
      now,
      entry.key,
    )
    await counters.write(sql, row)
    return { kind: 'retried' }
  }

  const answerAgain = async (
    sql: Sql,
    entry: ParkedEntry,
    row: LockedConversation,
    reply: Range | undefined,
  ): Promise<RetryResult> => {
    if (reply === undefined) return refused('purged')
    const messages = await sql.all<{ text: string; state: string; raw: string }>(
      `select text, state, raw from message
       where conv = ?1 and seq >= ?2 and seq <= ?3 and origin in (0, 3) order by seq`,
      entry.conv,
      reply.from_seq,
      reply.upto_seq,
    )
    const words = messages.filter(({ text, state }) => text !== '' && state !== 'recalled').map(({ text }) => text)
    if (words.length === 0) {
      return refused(messages.some(({ state }) => state === 'recalled') ? 'recalled' : 'purged')
    }
    if (!(await close(sql, entry.id))) return { kind: 'missing' }
    await counters.addOwnMessage(sql, row, { msgid: `retry-${entry.id}`, type: 'retry', text: words.join('\n') })
    await counters.write(sql, row)
    return { kind: 'retried' }
  }

  const sendAgain = async (sql: Sql, entry: ParkedEntry): Promise<RetryResult> => {
    const part = await first(
      sql.all<FailedPart & { state: string; channel: string }>(
        'select msgid, reply_id, no, in_doubt, state, channel from reply_part where msgid = ?1',
        entry.key,
      ),
    )
    if (part === undefined) return refused('purged')
    if (part.state !== 'failed') return refused('settled')
    // The code of a welcome lives for 20 s.
    if (part.channel !== 'send') return refused('not-retryable')
    if (!(await close(sql, entry.id))) return { kind: 'missing' }
    const parts = await sql.all<FailedPart>(
      `select msgid, reply_id, no, in_doubt from reply_part where reply_id = ?1 and no >= ?2 and state = 'failed'`,
      part.reply_id,
      part.no,
    )
    const now = database.now()
    for (const { msgid, reply_id, no, in_doubt } of parts) {
      await sql.run(
        `update reply_part set msgid = ?1, state = 'ready', attempts = 0, err = '', created_at = ?2, due = ?2, wake = ?2
         where msgid = ?3`,
        in_doubt === 1 ? msgid : toPartMsgid(reply_id, `${no}/retry/${randomUUID()}`),
        now,
        msgid,
      )
    }
    return { kind: 'retried' }
  }

  const repeat = async (sql: Sql, entry: ParkedEntry, row: LockedConversation): Promise<RetryResult> => {
    if (entry.stage === 'send') return sendAgain(sql, entry)
    if (!RETRYABLE_STAGES.has(entry.stage)) return refused('not-retryable')
    if (entry.key === toPersonKey(entry.conv)) {
      // Whoever asked for a person is called back by one. Who only could not be answered can be, once the model is back.
      return entry.reason === 'outage'
        ? answerAgain(sql, entry, row, await lastReply(sql, entry))
        : refused('not-retryable')
    }
    const fromSeq = toFromSeq(entry)
    if (fromSeq === undefined) return readAgain(sql, entry, row)
    return answerAgain(sql, entry, row, await replyOf(sql, entry, fromSeq))
  }

  return (id: string): Promise<RetryResult> =>
    database.transaction(async (sql) => {
      const entry = await first(
        sql.all<ParkedEntry>(
          'select id, stage, key, conv, reason, body, at from parked where id = ?1 and closed_at = 0',
          id,
        ),
      )
      if (entry === undefined) return { kind: 'missing' }
      if (entry.conv === '') return refused('not-retryable')
      const known = await sql.all('select 1 as known from conversation where id = ?1', entry.conv)
      if (known.length === 0) return refused('purged')
      const row = await counters.lock(sql, entry.conv)
      const reason = refuseUnreachable(row)
      return reason === undefined ? repeat(sql, entry, row) : refused(reason)
    })
}

const RETRYABLE_STAGES = new Set(['parse', 'reply', 'needs_person'])
const STATE_OF_MESSAGE = 'select state, raw from message where msgid = ?1'

interface Range {
  from_seq: number
  upto_seq: number
}

/** The time ties the entry to its answer: after a purge the numbers of a conversation begin anew. */
function replyOf(sql: Sql, { conv, at }: ParkedEntry, fromSeq: number): Promise<Range | undefined> {
  return first(
    sql.all<Range>(
      'select from_seq, upto_seq from reply where conv = ?1 and from_seq = ?2 and created_at = ?3',
      conv,
      fromSeq,
      at,
    ),
  )
}

/** What was said to the customer when the entry was made. */
function lastReply(sql: Sql, { conv, at }: ParkedEntry): Promise<Range | undefined> {
  return first(
    sql.all<Range>(
      'select from_seq, upto_seq from reply where conv = ?1 and created_at <= ?2 order by from_seq desc limit 1',
      conv,
      at,
    ),
  )
}

function refused(reason: RetryRefusal): RetryResult {
  return { kind: 'refused', reason }
}

/** The first number of a range that was given up, whose key is `<conversation>#<number>`; undefined for a message's. */
function toFromSeq({ key, conv }: ParkedEntry): number | undefined {
  const prefix = `${conv}#`
  return key.startsWith(prefix) ? Number(key.slice(prefix.length)) : undefined
}
