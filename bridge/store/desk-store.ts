/**
 * What the service desk keeps of a conversation beside its messages: in whose hands it is and was, when the customer was last told something out
 * of turn, what they think of it.
 */
import { type Database, first } from './database.ts'
import type { DueTiming } from './due-timing.ts'
import { insertNotice, type NewNotice } from './insert-notice.ts'
import { park, toPersonKey } from './parked-store.ts'
import { type DeskChange, recordDeskChange } from './record-desk-change.ts'

export interface DeskState {
  /** As the platform had it when it was last heard of: 0 the bot, 2 waiting pool, 3 a person. */
  state: number
  servicerUserId: string
  /** That people are away, and that it is too much: when the customer was last told so, unix ms; 0: never. */
  notedAt: number
  hushedAt: number
}

export interface RecentMessage {
  /** Unix ms, by the platform's clock: after an outage much is received at once that was written one by one. */
  sentAt: number
  /** How it begins; '' for one that is no text. */
  text: string
}

export interface NewRating {
  /** Of the survey that was asked; it counts once. */
  id: string
  conv: string
  openKfId: string
  score: number
  label: string
}

export interface Rating extends NewRating {
  servicerUserId: string
  at: number
}

export interface StoredDeskChange extends DeskChange {
  at: number
  summary: string
}

interface DeskRow {
  state: number
  servicer: string
  noted_at: number
  noted_from: number
  hushed_at: number
  hushed_from: number
}

const NOTHING: DeskState = { state: 0, servicerUserId: '', notedAt: 0, hushedAt: 0 }
/** Rows that are looked at for what a customer wrote in the last minutes. */
const MAX_RECENT = 100
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export function createDeskStore(database: Database, { graceMs }: Pick<DueTiming, 'graceMs'>) {
  const tell = async (what: 'noted' | 'hushed', conv: string, openKfId: string, fromSeq: number): Promise<void> => {
    const now = database.now()
    await database.run(
      `insert into desk (conv, open_kfid, ${what}_at, ${what}_from) values (?1, ?2, ?3, ?4)
       on conflict (conv) do update set ${what}_at = excluded.${what}_at, ${what}_from = excluded.${what}_from`,
      conv,
      openKfId,
      now,
      fromSeq,
    )
  }

  return {
    /**
     * For the answer to what comes from number `fromSeq` on. What was told in an answer to the same is not counted: it was thrown away, or lost
     * with a crash, before it was stored.
     */
    async read(conv: string, fromSeq = 0): Promise<DeskState> {
      const row = await first(
        database.all<DeskRow>(
          'select state, servicer, noted_at, noted_from, hushed_at, hushed_from from desk where conv = ?1',
          conv,
        ),
      )
      if (row === undefined) return NOTHING
      const toldAt = (at: number, from: number) => (fromSeq > 0 && from === fromSeq ? 0 : at)
      return {
        state: row.state,
        servicerUserId: row.servicer,
        notedAt: toldAt(row.noted_at, row.noted_from),
        hushedAt: toldAt(row.hushed_at, row.hushed_from),
      }
    },

    /** The customer's last messages, oldest first, up to number `uptoSeq`. */
    recent: (conv: string, uptoSeq: number): Promise<RecentMessage[]> =>
      database.all<RecentMessage>(
        `select send_time as "sentAt", case when type = 'text' then substr(text, 1, 200) else '' end as text from message
         where conv = ?1 and seq > ?2 and seq <= ?3 and origin = 3 order by seq`,
        conv,
        uptoSeq - MAX_RECENT,
        uptoSeq,
      ),

    /** That the customer is told, in the answer to what comes from `fromSeq` on, that it is too much; that people are away. */
    hush: (conv: string, openKfId: string, fromSeq: number) => tell('hushed', conv, openKfId, fromSeq),
    note: (conv: string, openKfId: string, fromSeq: number) => tell('noted', conv, openKfId, fromSeq),

    /** Answers of an account since then. */
    async usage(openKfId: string, since: number): Promise<{ answers: number }> {
      const row = await first(
        database.all<{ answers: number }>(
          `select count(*) as answers from reply
           where created_at > ?1 and conv >= ?2 and conv < ?3`,
          since,
          `${openKfId}:`,
          // What follows a colon in the order of bytes.
          `${openKfId};`,
        ),
      )
      return { answers: row?.answers ?? 0 }
    },

    async servicerTurns(openKfId: string): Promise<Map<string, number>> {
      const rows = await database.all<{ userid: string; given_at: number }>(
        'select userid, given_at from servicer_turn where open_kfid = ?1',
        openKfId,
      )
      return new Map(rows.map(({ userid, given_at }) => [userid, given_at]))
    },

    /** Customers of the account that wait in the pool, as far as we were told; a session lives for two days. */
    async waiting(openKfId: string): Promise<number> {
      const row = await first(
        database.all<{ n: number }>(
          'select count(*) as n from desk where state = 2 and open_kfid = ?1 and since > ?2',
          openKfId,
          database.now() - 2 * DAY_MS,
        ),
      )
      return row?.n ?? 0
    },

    /**
     * The platform has given the conversation to a person or to the pool: recorded with what the customer is told, in one. Returns the notice's
     * msgid. The conversation's own row is left to whoever holds it.
     */
    recordGiven: (change: DeskChange, notice: NewNotice | undefined): Promise<string | undefined> =>
      database.transaction(async (sql) => {
        const now = database.now()
        const { conv, openKfId, servicerUserId, state } = change
        await recordDeskChange(sql, now, change)
        if (state === 3 && servicerUserId !== '') {
          await sql.run(
            `insert into servicer_turn (open_kfid, userid, given_at) values (?1, ?2, ?3)
             on conflict (open_kfid, userid) do update set given_at = excluded.given_at`,
            openKfId,
            servicerUserId,
            now,
          )
        }
        if (notice === undefined) return undefined
        const [row] = await sql.all<{ last_seq: number }>('select last_seq from conversation where id = ?1', conv)
        const place = { cause: notice.code, conv, uptoSeq: row?.last_seq ?? 0, now, graceMs }
        return insertNotice(sql, notice, place)
      }),

    /** Nobody could take it: a line for people, once as long as it is open. */
    leaveMessage: (conv: string, cause: string, body: string): Promise<void> =>
      database.transaction(async (sql) => {
        const key = toPersonKey(conv)
        const open = await sql.all(
          'select 1 as open from parked where closed_at = 0 and conv = ?1 and key = ?2',
          conv,
          key,
        )
        if (open.length === 0) {
          await park(sql, database.now(), { stage: 'needs_person', key, conv, reason: cause, body })
        }
      }),

    /** The messages of a customer that could not be heard or seen, by msgid. */
    async unreadable(conv: string): Promise<ReadonlySet<string>> {
      const rows = await database.all<{ key: string }>(
        `select key from parked where conv = ?1 and reason = 'unreadable'`,
        conv,
      )
      return new Set(rows.map(({ key }) => key))
    },

    /** False when this survey was answered before. */
    rate: (rating: NewRating): Promise<boolean> =>
      database.transaction(async (sql) => {
        const [change] = await sql.all<{ servicer: string }>(
          `select servicer from desk_change where conv = ?1 and servicer <> '' order by at desc limit 1`,
          rating.conv,
        )
        const added = await sql.run(
          `insert into rating (id, conv, open_kfid, servicer, score, label, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
           on conflict (id) do nothing`,
          rating.id,
          rating.conv,
          rating.openKfId,
          change?.servicer ?? '',
          rating.score,
          rating.label,
          database.now(),
        )
        return added === 1
      }),

    /** The newest first. */
    ratings: (limit: number): Promise<Rating[]> =>
      database.all<Rating>(
        `select id, conv, open_kfid as "openKfId", servicer as "servicerUserId", score, label, at
         from rating order by at desc, id limit ?1`,
        limit,
      ),

    /** The newest first. */
    changes: (limit: number, conv?: string): Promise<StoredDeskChange[]> =>
      database.all<StoredDeskChange>(
        `select conv, open_kfid as "openKfId", state, servicer as "servicerUserId", cause, summary, at from desk_change
         ${conv === undefined ? '' : 'where conv = ?2'} order by at desc, id limit ?1`,
        limit,
        ...(conv === undefined ? [] : [conv]),
      ),

    /**
     * Conversations of an account whose customer last wrote between the two times, that wait for nothing, and that nobody has: those that have not
     * been warned since, or those that were warned before `warnedBefore`. Read by the time of the messages, which has an index.
     */
    idle: (
      openKfId: string,
      { after, before, warnedBefore }: { after: number; before: number; warnedBefore?: number },
    ): Promise<{ conv: string; externalUserId: string; lastCustomerAt: number; lastSeq: number }[]> =>
      database.all(
        `select distinct conversation.id as conv, conversation.external_userid as "externalUserId",
           conversation.last_customer_at as "lastCustomerAt", conversation.last_seq as "lastSeq"
         from message join conversation on conversation.id = message.conv left join desk on desk.conv = conversation.id
         where message.received_at > ?1 and message.received_at <= ?2 and message.origin = 3 and message.open_kfid = ?3
           and conversation.desk = 'bot' and conversation.dirty <= conversation.answered
           and conversation.lease_until <= ?4 and conversation.last_customer_at <= ?2 and conversation.last_customer_at > ?5
           and coalesce(desk.ended_at, 0) <= conversation.last_customer_at
           and ${warnedBefore === undefined ? 'coalesce(desk.warned_at, 0) <= conversation.last_customer_at' : 'desk.warned_at > conversation.last_customer_at and desk.warned_at <= ?6'}
         limit 200`,
        // The platform's clock and ours differ by the way of a message.
        after - HOUR_MS,
        before,
        openKfId,
        database.now(),
        after,
        ...(warnedBefore === undefined ? [] : [warnedBefore]),
      ),

    /** Marks it as warned, with what the customer is told. Undefined when the customer wrote, or somebody else warned, meanwhile. */
    warn: (conv: string, openKfId: string, lastSeq: number, notice: NewNotice): Promise<string | undefined> =>
      database.transaction(async (sql) => {
        const now = database.now()
        const [row] = await sql.all<{ last_customer_at: number }>(
          `update conversation set version = version where id = ?1 and last_seq = ?2 and desk = 'bot' and dirty <= answered
           returning last_customer_at`,
          conv,
          lastSeq,
        )
        if (row === undefined) return undefined
        const warned = await sql.run(
          `insert into desk (conv, open_kfid, warned_at) values (?1, ?2, ?3)
           on conflict (conv) do update set warned_at = excluded.warned_at where desk.warned_at <= ?4`,
          conv,
          openKfId,
          now,
          row.last_customer_at,
        )
        if (warned === 0) return undefined
        const place = { cause: `${conv}#${lastSeq}/idle`, conv, uptoSeq: lastSeq, now, graceMs }
        return insertNotice(sql, notice, place)
      }),

    /** The session has been ended by us. */
    recordEnded: (change: DeskChange, notice: NewNotice | undefined): Promise<string | undefined> =>
      database.transaction(async (sql) => {
        const now = database.now()
        await recordDeskChange(sql, now, change)
        if (notice === undefined) return undefined
        const place = { cause: notice.code, conv: change.conv, uptoSeq: 0, now, graceMs }
        return insertNotice(sql, notice, place)
      }),
  }
}

export type DeskStore = ReturnType<typeof createDeskStore>
