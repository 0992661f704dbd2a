/** What an operator sees first: the last answers, what was given up and why, who is with a person, and the accounts. Never a customer's words. */
import type { Database } from './database.ts'

export interface LastAnswer {
  /** Unix ms, as all times here. */
  createdAt: number
  openKfId: string
  /** '' when nobody was asked: a hand-over, a menu. */
  answerer: string
  /** When the last message that it answers came in; 0 when that is no longer known. */
  askedAt: number
  /** When its first part was taken by the platform; 0: not yet, or never. */
  sentAt: number
  /** Its parts: still to go, waiting for the customer to write again, given up. */
  waiting: number
  held: number
  failed: number
  /** 1 when the conversation went to a person, or to the line for people, with it. */
  handedOver: number
  parked: number
}

export interface ParkedReason {
  stage: string
  reason: string
  count: number
  oldestAt: number
}

export interface AccountState {
  openKfId: string
  pulledAt: number
  /** Why it can't be pulled; '' when it can. */
  error: string
}

/** What follows an answer at once belongs to it, and to none before it. */
const WITH_IT_MS = 60_000
const ONE_OF_CONTENT = `kind not in ('open', 'hand-over')`

export function createOverviewStore(database: Database) {
  const parts = (state: string) =>
    `(select count(*) from reply_part where reply_id = reply.id and ${ONE_OF_CONTENT} and state ${state})`
  const follows = (table: string, condition = '') =>
    `case when exists (select 1 from ${table} where ${table}.conv = reply.conv and ${table}.at >= reply.created_at
       and ${table}.at < reply.created_at + ${WITH_IT_MS}${condition}
       and not exists (select 1 from reply later where later.conv = reply.conv
         and later.created_at > reply.created_at and later.created_at <= ${table}.at)) then 1 else 0 end`

  return {
    /** The newest first. */
    lastAnswers: (limit: number): Promise<LastAnswer[]> =>
      database.all<LastAnswer>(
        `select reply.created_at as "createdAt", conversation.open_kfid as "openKfId", reply.answerer,
           coalesce((select received_at from message where message.conv = reply.conv and seq = reply.upto_seq), 0) as "askedAt",
           coalesce((select min(sent_at) from reply_part where reply_id = reply.id and sent_at > 0), 0) as "sentAt",
           ${parts(`in ('ready', 'sending')`)} as waiting, ${parts(`= 'held'`)} as held, ${parts(`= 'failed'`)} as failed,
           ${follows('desk_change', ' and desk_change.state in (2, 3)')} as "handedOver", ${follows('parked')} as parked
         from reply join conversation on conversation.id = reply.conv
         order by reply.created_at desc, reply.id desc limit ?1`,
        limit,
      ),
    /** Of what is open, the most frequent first. */
    parkedReasons: (limit: number): Promise<ParkedReason[]> =>
      database.all<ParkedReason>(
        `select stage, reason, count(*) as count, min(at) as "oldestAt" from parked where closed_at = 0
         group by stage, reason order by count(*) desc, stage, reason limit ?1`,
        limit,
      ),
    /** Conversations that wait in the platform's pool, and those that a person has. */
    async withPeople(): Promise<{ pool: number; person: number }> {
      const rows = await database.all<{ state: number; count: number }>(
        'select state, count(*) as count from desk where state in (2, 3) group by state',
      )
      const of = (wanted: number) => rows.find(({ state }) => state === wanted)?.count ?? 0
      return { pool: of(2), person: of(3) }
    },
    accounts: (): Promise<AccountState[]> =>
      database.all<AccountState>(
        `select open_kfid as "openKfId", pulled_at as "pulledAt", last_error as error from sync_state
         where open_kfid <> '*' order by open_kfid`,
      ),
  }
}

export type OverviewStore = ReturnType<typeof createOverviewStore>
