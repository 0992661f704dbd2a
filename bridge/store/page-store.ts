/**
 * A page of sync_msg and the new cursor in one transaction: after a crash the page is there whole, with all its
 * effects, or it is pulled again. A message is known by its msgid, so a page that comes twice changes nothing.
 */
import { applyEffect, type EventEffect } from './apply-effect.ts'
import { QUOTA } from './conversation-claim.ts'
import { toConversationId } from './conversation-id.ts'
import type { Database, Sql } from './database.ts'
import type { DueTiming } from './due-timing.ts'
import { gaplessParsed } from './gapless-parsed.ts'
import { inChunks } from './in-chunks.ts'
import { insertMany } from './insert-many.ts'
import { insertNotice, type NewNotice } from './insert-notice.ts'
import { leaseLost } from './lease-lost.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import { park } from './parked-store.ts'
import type { SyncClaim } from './sync-store.ts'
import { toDue } from './to-due.ts'

export interface PageMessage {
  msgid: string
  /** '' for an event that names no customer. */
  externalUserId: string
  origin: number
  type: string
  raw: string
  sendTime: number
  /**
   * `live` is to be answered; `history` and everything else only enters the memory; `stale` and `unsure` wait for a person: too old, or
   * perhaps answered before a restore.
   */
  role: 'live' | 'history' | 'stale' | 'unsure' | 'servicer' | 'event'
  /** Present when nothing but the message itself was needed to read it. */
  content?: { text: string; title: string }
  effect?: EventEffect
  /** What the customer is told on it; one of channel `notice` only where the window is open and no person or answer is at it, and once a day. */
  notice?: NewNotice
}

export interface Page {
  openKfId: string
  messages: readonly PageMessage[]
  nextCursor: string
  hasMore: boolean
}

export interface PageTimes extends Pick<DueTiming, 'graceMs'> {
  burstQuietMs: number
  burstMaxWaitMs: number
  leaseMs: number
  /** How long a conversation waits for a slow message. */
  parseWaitMs: number
}

export interface PageResult {
  /** How many messages were not known before. */
  fresh: number
  /** Messages that the parse stage has to read. */
  unparsed: string[]
  /** Conversations that can be answered, and from when: one whose messages are to be read, when it has waited for that. */
  due: { conv: string; due: number }[]
  /** msgids of what customers are to be told at once. */
  notices: string[]
}

interface ConversationRow {
  last_seq: number
  dirty: number
  parsed: number
  answered: number
  first_due: number
  due: number
  desk: string
  last_customer_at: number
  sent_since: number
  last_error: string
}

const DAY_MS = 86_400_000
/** https://developer.work.weixin.qq.com/document/path/94677 */
const WINDOW_MS = 48 * 3_600_000

export function createPageStore(database: Database, times: PageTimes) {
  const toRow = (page: Page, message: PageMessage, conv: string | null, seq: number | null, now: number) => [
    message.msgid,
    page.openKfId,
    conv,
    seq,
    message.origin,
    message.type,
    message.raw,
    message.content?.text ?? '',
    message.content?.title ?? '',
    toState(message),
    message.sendTime,
    now,
    now,
    now + times.graceMs,
  ]

  const saveConversation = async (
    sql: Sql,
    page: Page,
    conv: string,
    messages: readonly PageMessage[],
    now: number,
    notices: string[],
  ): Promise<{ conv: string; due: number } | undefined> => {
    const externalUserId = messages[0]?.externalUserId ?? ''
    // Locks the row on PostgreSQL, so what follows may be computed here.
    const [row] = await sql.all<ConversationRow>(
      `insert into conversation (id, open_kfid, external_userid, last_seq, created_at) values (?1, ?2, ?3, ?4, ?5)
       on conflict (id) do update set last_seq = conversation.last_seq + excluded.last_seq
       returning last_seq, dirty, parsed, answered, first_due, due, desk, last_customer_at, sent_since, last_error`,
      conv,
      page.openKfId,
      externalUserId,
      messages.length,
      now,
    )
    if (row === undefined) throw leaseLost('conversation')
    const firstSeq = row.last_seq - messages.length + 1
    await insertMany(
      sql,
      'message',
      MESSAGE_COLUMNS,
      messages.map((message, index) => toRow(page, message, conv, firstSeq + index, now)),
    )

    const next = { ...row }
    for (const [index, message] of messages.entries()) {
      if (message.origin === 3) await onCustomerMessage(sql, conv, next, message)
      if (message.role === 'live') {
        if (next.dirty <= next.answered) next.first_due = now
        next.dirty = firstSeq + index
        next.due = toDue(row, now + times.burstQuietMs, next.first_due + times.burstMaxWaitMs)
      }
      if (message.role === 'stale' || message.role === 'unsure') {
        const reason = message.role === 'stale' ? 'too-old' : 'restored'
        await park(sql, now, { stage: 'needs_person', key: message.msgid, conv, reason, body: message.raw })
      }
      if (message.role === 'unsure' && next.dirty <= next.answered) {
        // Else the next answer would be to this one, too.
        next.answered = firstSeq + index
        next.dirty = next.answered
      }
      if (message.effect !== undefined) await applyEffect(sql, page, conv, next, message.effect, now)
      if (message.notice !== undefined && (await mayNotify(sql, page, conv, next, message.notice, now))) {
        const place = { cause: message.msgid, conv, uptoSeq: firstSeq + index, now, graceMs: times.graceMs }
        notices.push(await insertNotice(sql, message.notice, place))
      }
    }
    next.parsed = await gaplessParsed(sql, conv, row.last_seq)
    await sql.run(
      `update conversation set dirty = ?1, parsed = ?2, answered = ?3, first_due = ?4, due = ?5, wake = ?6, desk = ?7,
         last_customer_at = ?8, sent_since = ?9, version = version + 1
       where id = ?10`,
      next.dirty,
      next.parsed,
      next.answered,
      next.first_due,
      next.due,
      next.due + times.graceMs,
      next.desk,
      next.last_customer_at,
      next.sent_since,
      conv,
    )
    if (next.dirty <= next.answered) return undefined
    const waitedAt = next.first_due + times.parseWaitMs
    return { conv, due: next.parsed >= next.dirty ? next.due : Math.max(next.due, waitedAt) }
  }

  return {
    /** Rejects with `store.lease-lost` when another process has taken the account over; then nothing is written. */
    save: (claim: SyncClaim, page: Page): Promise<PageResult> =>
      database.transaction(async (sql) => {
        const now = database.now()
        const fresh = await withoutKnown(sql, page.messages)
        const result: PageResult = { fresh: fresh.length, unparsed: [], due: [], notices: [] }
        const lone = fresh.filter((message) => message.externalUserId === '')
        await insertMany(
          sql,
          'message',
          MESSAGE_COLUMNS,
          lone.map((message) => toRow(page, message, null, null, now)),
        )
        // Somebody said something, and there is nobody to answer to.
        for (const { msgid, raw } of lone.filter((message) => toState(message) === 'parked')) {
          await park(sql, now, { stage: 'needs_person', key: msgid, conv: '', reason: 'no-customer', body: raw })
        }
        const byConversation = Map.groupBy(
          fresh.filter((message) => message.externalUserId !== ''),
          (message) => toConversationId(page.openKfId, message.externalUserId),
        )
        // In the order of ids, so that two transactions can't wait for each other.
        for (const [conv, messages] of [...byConversation].sort(([a], [b]) => (a < b ? -1 : 1))) {
          const due = await saveConversation(sql, page, conv, messages, now, result.notices)
          if (due !== undefined) result.due.push(due)
          result.unparsed.push(...messages.filter((message) => toState(message) === 'new').map(({ msgid }) => msgid))
        }
        const moved = await sql.run(
          `update sync_state set cursor = ?1, primed = ?2, lease_until = ?3, wake = ?3
           where open_kfid = ?4 and lease = ?5 and cursor = ?6`,
          page.nextCursor,
          claim.primed || !page.hasMore ? 1 : 0,
          now + times.leaseMs,
          page.openKfId,
          claim.lease,
          claim.cursor,
        )
        if (moved !== 1) throw leaseLost('account')
        return result
      }),
  }
}

export type PageStore = ReturnType<typeof createPageStore>

function toState({ role, content, externalUserId }: PageMessage): 'new' | 'parsed' | 'parked' | 'unsure' {
  if (role === 'unsure') return 'unsure'
  if (role === 'stale' || (role === 'live' && externalUserId === '')) return 'parked'
  return role === 'live' && content === undefined ? 'new' : 'parsed'
}

/** Messages that are not stored yet, each msgid once, in the page's order. */
async function withoutKnown(sql: Sql, messages: readonly PageMessage[]): Promise<PageMessage[]> {
  const byId = new Map(messages.toReversed().map((message) => [message.msgid, message]))
  const known = new Set<string>()
  for (const msgids of inChunks([...byId.keys()])) {
    const places = msgids.map((_, index) => `?${index + 1}`).join(', ')
    const rows = await sql.all<{ msgid: string }>(`select msgid from message where msgid in (${places})`, ...msgids)
    for (const { msgid } of rows) known.add(msgid)
  }
  return messages.filter((message) => byId.get(message.msgid) === message && !known.has(message.msgid))
}

/** The platform's allowance of five messages begins anew; what could not be sent before is superseded. */
async function onCustomerMessage(sql: Sql, conv: string, row: ConversationRow, message: PageMessage): Promise<void> {
  if (message.sendTime >= row.last_customer_at) {
    row.last_customer_at = message.sendTime
    row.sent_since = 0
  }
  await sql.run(`update reply_part set state = 'cancelled' where conv = ?1 and state = 'held'`, conv)
}

/**
 * What goes out on a code is always told; it also counts as the greeting of its day. A greeting without one needs an open window, and
 * nobody is greeted who waits for an answer or talks to a person.
 */
async function mayNotify(
  sql: Sql,
  page: Page,
  conv: string,
  row: ConversationRow,
  notice: NewNotice,
  now: number,
): Promise<boolean> {
  const isOnCode = notice.channel === 'on_event'
  const isFree = row.desk === 'bot' && row.dirty <= row.answered && row.sent_since < QUOTA
  if (!isOnCode && !(isFree && row.last_customer_at > now - WINDOW_MS)) return false
  const greeted = await sql.run(
    `insert into desk (conv, open_kfid, greeted_at) values (?1, ?2, ?3)
     on conflict (conv) do update set greeted_at = excluded.greeted_at where desk.greeted_at <= ?4`,
    conv,
    page.openKfId,
    now,
    now - DAY_MS,
  )
  return isOnCode || greeted === 1
}
