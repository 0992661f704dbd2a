/** One message on its way from raw to readable. */
import { type ConversationTimes, createConversationCounters, type DueConversation } from './conversation-counters.ts'
import { type Database, first } from './database.ts'
import { EARLY_MS } from './due-timing.ts'
import { toLateMsgid } from './late-msgid.ts'
import { leaseLost } from './lease-lost.ts'
import { linkPictures } from './media-record-store.ts'
import { park } from './parked-store.ts'

export interface MessageClaim {
  msgid: string
  openKfId: string
  conv: string
  lease: string
  type: string
  raw: string
  attempts: number
  /** Unix ms. */
  receivedAt: number
}

/** What a message was found to say. */
export interface MessageContent {
  text: string
  title: string
  /** Hashes of stored pictures that show it. */
  images?: readonly string[]
  /** A person could make something of it, and we can't: it is kept for them. */
  isUnreadable?: boolean
}

/** Stands in `last_error` of a message that nobody has begun to read, or that was let go. */
const NOT_BEGUN = ['', 'stopped'] as const

export function createMessageStore(database: Database, times: ConversationTimes) {
  const counters = createConversationCounters(database, times)

  return {
    async claim(msgid: string, lease: string, ttlMs: number): Promise<MessageClaim | undefined> {
      const now = database.now()
      const row = await first(
        database.all<Omit<MessageClaim, 'msgid' | 'lease' | 'openKfId' | 'receivedAt'> & ClaimRow>(
          `update message set lease = ?1, lease_until = ?2, wake = ?2
           where msgid = ?3 and state in ('new', 'provisional') and due <= ?5 and lease_until <= ?4
           returning open_kfid, conv, type, raw, attempts, received_at`,
          lease,
          now + ttlMs,
          msgid,
          now,
          now + EARLY_MS,
        ),
      )
      if (row === undefined) return undefined
      const { open_kfid: openKfId, received_at: receivedAt, ...rest } = row
      return { msgid, lease, openKfId, receivedAt, ...rest }
    },

    async renew(claim: Pick<MessageClaim, 'msgid' | 'lease'>, ttlMs: number): Promise<boolean> {
      const until = database.now() + ttlMs
      const changed = await database.run(
        'update message set lease_until = ?1, wake = ?1 where msgid = ?2 and lease = ?3',
        until,
        claim.msgid,
        claim.lease,
      )
      return changed === 1
    },

    /** Returns the conversation if it can be answered now. Rejects with `store.lease-lost`. */
    saveParsed: (claim: MessageClaim, content: MessageContent): Promise<DueConversation | undefined> =>
      database.transaction(async (sql) => {
        const row = await counters.lock(sql, claim.conv)
        const [message] = await sql.all<{ state: string; seq: number }>(
          'select state, seq from message where msgid = ?1 and lease = ?2',
          claim.msgid,
          claim.lease,
        )
        if (message === undefined) throw leaseLost('message')
        // Recalled meanwhile: nothing of it is kept.
        if (message.state === 'recalled') return counters.write(sql, row)
        // Answered without it, or being answered so: then the content comes as a message of its own, and in one place only.
        const isTaken = message.seq <= row.answered || row.lease_until > database.now()
        const isLate = message.state === 'provisional' && isTaken
        await sql.run(
          `update message set state = 'parsed', text = case when ?1 = 1 then text else ?2 end, title = ?3,
             media = ?5, parsed_at = ?6, lease = '', lease_until = 0, attempts = 0, last_error = ''
           where msgid = ?4`,
          isLate ? 1 : 0,
          content.text,
          content.title,
          claim.msgid,
          isLate ? '[]' : toMedia(content),
          database.now(),
        )
        await linkPictures(sql, claim.msgid, content.images ?? [])
        if (isLate) {
          const late = { msgid: toLateMsgid(claim.msgid), text: content.text, media: toMedia(content) }
          await counters.addOwnMessage(sql, row, { ...late, type: 'late' })
        }
        if (content.isUnreadable === true) {
          const entry = { stage: 'needs_person', key: claim.msgid, conv: claim.conv, reason: 'unreadable' }
          await park(sql, database.now(), { ...entry, body: claim.raw })
        }
        return counters.write(sql, row)
      }),

    async postpone(claim: MessageClaim, delayMs: number, reason: string, countAttempt: boolean): Promise<void> {
      await database.run(
        `update message set lease = '', lease_until = 0, attempts = attempts + ?1, due = ?2, wake = ?2, last_error = ?3
         where msgid = ?4 and lease = ?5`,
        countAttempt ? 1 : 0,
        database.now() + delayMs,
        reason,
        claim.msgid,
        claim.lease,
      )
    },

    /** Gives up on reading it; the customer's other messages go on. */
    park: (
      claim: MessageClaim,
      reason: string,
      content: { text: string; title: string },
    ): Promise<DueConversation | undefined> =>
      database.transaction(async (sql) => {
        const row = await counters.lock(sql, claim.conv)
        const [message] = await sql.all<{ state: string }>(
          `update message set text = ?1, title = ?2, last_error = ?3, lease = '', lease_until = 0,
             state = case when state = 'recalled' then state else 'parked' end
           where msgid = ?4 and lease = ?5 returning state`,
          content.text,
          content.title,
          reason,
          claim.msgid,
          claim.lease,
        )
        if (message === undefined) throw leaseLost('message')
        if (message.state === 'parked') {
          await park(sql, database.now(), {
            stage: 'parse',
            key: claim.msgid,
            conv: claim.conv,
            reason,
            body: claim.raw,
          })
        }
        return counters.write(sql, row)
      }),

    /**
     * Begins the wait for slow messages anew if nobody has begun to read some of them, because the bridge was down or much came at
     * once; returns those. None when all are being read, or were received before `oldest` (unix ms).
     */
    restartWait: (conv: string, oldest: number): Promise<string[]> =>
      database.transaction(async (sql) => {
        const row = await counters.lock(sql, conv)
        const unread = await sql.all<{ msgid: string }>(
          `select msgid from message
           where conv = ?1 and state = 'new' and seq <= ?2 and lease = '' and attempts = 0
             and last_error in (${NOT_BEGUN.map((reason) => `'${reason}'`).join(', ')}) and received_at > ?3`,
          conv,
          row.dirty,
          oldest,
        )
        if (unread.length > 0) row.first_due = database.now()
        await counters.write(sql, row)
        return unread.map(({ msgid }) => msgid)
      }),

    /** Lets a conversation be answered without what is still being read. */
    makeProvisional: (conv: string, content: { text: string; title: string }): Promise<void> =>
      database.transaction(async (sql) => {
        const row = await counters.lock(sql, conv)
        await sql.run(
          `update message set state = 'provisional', text = ?1, title = ?2 where conv = ?3 and state = 'new' and seq <= ?4`,
          content.text,
          content.title,
          conv,
          row.dirty,
        )
        await counters.write(sql, row)
      }),
  }
}

export type MessageStore = ReturnType<typeof createMessageStore>

interface ClaimRow {
  open_kfid: string
  received_at: number
}

/** The column's JSON. */
function toMedia({ images = [] }: MessageContent): string {
  return JSON.stringify([...new Set(images)])
}
