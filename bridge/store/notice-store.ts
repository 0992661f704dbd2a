/**
 * Notices on their way to customers, see insert-notice.ts. Each is worked on under a lease of its own, so that none waits for an account or for a
 * conversation. Every write names the lease.
 */
import { QUOTA } from './conversation-claim.ts'
import { type Database, first } from './database.ts'
import { EARLY_MS } from './due-timing.ts'
import { leaseLost } from './lease-lost.ts'

export interface NoticeClaim {
  msgid: string
  conv: string
  openKfId: string
  externalUserId: string
  channel: 'on_event' | 'notice'
  code: string
  expiresAt: number
  /** JSON of a ReplyContent. */
  payload: string
  /** True when an earlier attempt may have been accepted. */
  inDoubt: boolean
  /** `sending` once it has its place in the quota and its final words. */
  state: 'ready' | 'sending'
  attempts: number
  createdAt: number
  lease: string
}

interface Row {
  msgid: string
  conv: string
  channel: 'on_event' | 'notice'
  code: string
  expires_at: number
  payload: string
  in_doubt: number
  state: 'ready' | 'sending'
  attempts: number
  created_at: number
}

export function createNoticeStore(database: Database) {
  return {
    /** Undefined when it is settled, not due, or somebody else's. */
    async claim(msgid: string, lease: string, ttlMs: number): Promise<NoticeClaim | undefined> {
      const now = database.now()
      const row = await first(
        database.all<Row>(
          `update reply_part set lease = ?1, lease_until = ?2, wake = ?2
           where msgid = ?3 and state in ('ready', 'sending') and channel in ('on_event', 'notice') and due <= ?5 and lease_until <= ?4
           returning msgid, conv, channel, code, expires_at, payload, in_doubt, state, attempts, created_at`,
          lease,
          now + ttlMs,
          msgid,
          now,
          now + EARLY_MS,
        ),
      )
      if (row === undefined) return undefined
      // Neither id holds a colon, see conversation-id.ts.
      const [openKfId = '', externalUserId = ''] = row.conv.split(':')
      return {
        ...{ msgid: row.msgid, conv: row.conv, openKfId, externalUserId, channel: row.channel, code: row.code },
        ...{ expiresAt: row.expires_at, payload: row.payload, inDoubt: row.in_doubt === 1, state: row.state },
        ...{ attempts: row.attempts, createdAt: row.created_at, lease },
      }
    },

    async renew({ msgid, lease }: NoticeClaim, ttlMs: number): Promise<boolean> {
      const until = database.now() + ttlMs
      const changed = await database.run(
        'update reply_part set lease_until = ?1, wake = ?1 where msgid = ?2 and lease = ?3',
        until,
        msgid,
        lease,
      )
      return changed === 1
    },

    /**
     * Fixes its words and, for one that counts, takes its place in the quota, before the call. False when there is no place left, or a person has
     * the conversation. From here on it is in doubt until the call has ended. Rejects with `store.lease-lost`.
     */
    markSending: (claim: NoticeClaim, payload: string): Promise<boolean> =>
      database.transaction(async (sql) => {
        if (claim.channel === 'notice' && claim.state === 'ready') {
          const reserved = await sql.run(
            `update conversation set sent_since = sent_since + 1 where id = ?1 and sent_since < ?2 and desk = 'bot'`,
            claim.conv,
            QUOTA,
          )
          if (reserved === 0) return false
        }
        const marked = await sql.run(
          `update reply_part set state = 'sending', in_doubt = 1, payload = ?1 where msgid = ?2 and lease = ?3`,
          payload,
          claim.msgid,
          claim.lease,
        )
        if (marked === 0) throw leaseLost('notice')
        return true
      }),

    /** True whoever finds it out. */
    async markSent({ msgid }: NoticeClaim): Promise<void> {
      await database.run(
        `update reply_part set state = 'sent', in_doubt = 0, sent_at = ?1, attempts = 0, err = '', lease = '', lease_until = 0
         where msgid = ?2 and state = 'sending'`,
        database.now(),
        msgid,
      )
    },

    /** Not sent, and not to be tried again. What it took of the quota is given back unless an earlier attempt may have gone through. */
    markFailed: (claim: NoticeClaim, reason: string): Promise<void> =>
      database.transaction(async (sql) => {
        const [part] = await sql.all<{ state: string; in_doubt: number }>(
          'select state, in_doubt from reply_part where msgid = ?1 and lease = ?2',
          claim.msgid,
          claim.lease,
        )
        if (part === undefined) throw leaseLost('notice')
        if (claim.channel === 'notice' && part.state === 'sending' && !claim.inDoubt) {
          await sql.run(
            'update conversation set sent_since = sent_since - 1 where id = ?1 and sent_since > 0',
            claim.conv,
          )
        }
        await sql.run(
          `update reply_part set state = 'failed', err = ?1, in_doubt = ?2, lease = '', lease_until = 0
           where msgid = ?3 and lease = ?4`,
          reason,
          claim.inDoubt ? 1 : 0,
          claim.msgid,
          claim.lease,
        )
      }),

    async postpone(claim: NoticeClaim, delayMs: number, reason: string, inDoubt: boolean): Promise<void> {
      const due = database.now() + delayMs
      await database.run(
        `update reply_part set lease = '', lease_until = 0, due = ?1, wake = ?1, err = ?2, in_doubt = ?3, attempts = attempts + 1
         where msgid = ?4 and lease = ?5`,
        due,
        reason,
        inDoubt ? 1 : 0,
        claim.msgid,
        claim.lease,
      )
    },

    async release(claim: NoticeClaim): Promise<void> {
      await database.run(
        `update reply_part set lease = '', lease_until = 0, wake = due where msgid = ?1 and lease = ?2`,
        claim.msgid,
        claim.lease,
      )
    },
  }
}

export type NoticeStore = ReturnType<typeof createNoticeStore>
