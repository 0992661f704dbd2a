/**
 * One row per account: how far it is pulled (`cursor`), and whether something is new (`wanted > done`). The row `*` stands for the
 * list of accounts itself.
 */
import type { KeptEvent } from '../../shared/frames.ts'
import { EVERY_ACCOUNT, type Nudge } from '../../shared/nudge.ts'
import { type Database, first, type Sql } from './database.ts'
import { type DueTiming, EARLY_MS } from './due-timing.ts'

export interface SyncClaim {
  openKfId: string
  lease: string
  cursor: string
  /** False until the first replay of the last three days has been read to its end. */
  primed: boolean
  /** The counter that this claim will have satisfied. */
  wanted: number
  /** '' when there is none, or none that is still good. */
  token: string
  attempts: number
}

/** How long the platform takes a nudge's token, a little less to be on the safe side. */
const TOKEN_LIFETIME_MS = 9.5 * 60_000

/** In place of an error: the account was taken from the app. */
const REMOVED = 'removed'

export function createSyncStore(database: Database, { graceMs }: Pick<DueTiming, 'graceMs'>) {
  const want = async (sql: Sql, openKfId: string, token: string, tokenAt: number): Promise<boolean> => {
    const now = database.now()
    const changed = await sql.run(
      `insert into sync_state (open_kfid, wanted, token, token_at, due, wake) values (?1, 1, ?2, ?3, ?4, ?5)
       on conflict (open_kfid) do update set
         wanted = sync_state.wanted + 1,
         token = excluded.token,
         token_at = excluded.token_at,
         due = case when sync_state.attempts > 0 then sync_state.due else excluded.due end,
         wake = case when sync_state.attempts > 0 then sync_state.wake else excluded.wake end
       where excluded.token_at > sync_state.token_at
         or (excluded.token_at = sync_state.token_at and excluded.token <> sync_state.token)`,
      openKfId,
      token,
      tokenAt,
      now,
      now + graceMs,
    )
    return changed > 0
  }

  /** Pulls without a token, which the platform limits: for accounts that no callback spoke of. */
  const wantTokenless = async (sql: Sql, openKfId: string): Promise<void> => {
    const now = database.now()
    await sql.run(
      `insert into sync_state (open_kfid, wanted, due, wake) values (?1, 1, ?2, ?3)
       on conflict (open_kfid) do update set
         wanted = sync_state.wanted + 1,
         due = case when sync_state.attempts > 0 then sync_state.due else excluded.due end,
         wake = case when sync_state.attempts > 0 then sync_state.wake else excluded.wake end`,
      openKfId,
      now,
      now + graceMs,
    )
  }

  const knownIds = async (sql: Sql): Promise<string[]> =>
    (
      await sql.all<{ open_kfid: string }>(
        `select open_kfid from sync_state where open_kfid <> ?1 and (wanted > done or last_error <> ?2)`,
        EVERY_ACCOUNT,
        REMOVED,
      )
    ).map((row) => row.open_kfid)

  return {
    /** Without those that were taken away. */
    knownIds: () => knownIds(database),

    acceptNudge: (nudge: Nudge): Promise<string[]> =>
      database.transaction(async (sql) => {
        const isNews = await want(sql, nudge.openKfId, nudge.token, nudge.createTime * 1000)
        if (!isNews) return []
        if (nudge.openKfId !== EVERY_ACCOUNT) return [nudge.openKfId]
        const ids = await knownIds(sql)
        for (const id of ids) await want(sql, id, nudge.token, nudge.createTime * 1000)
        return [EVERY_ACCOUNT, ...ids]
      }),

    /**
     * An account that was added is pulled; one that was taken away is tried no more until it is added again. Its place in the log of messages
     * is kept: what came in between is answered.
     */
    acceptEvent: (event: KeptEvent): Promise<string[]> =>
      database.transaction(async (sql) => {
        for (const id of event.addedOpenKfIds) await wantTokenless(sql, id)
        for (const id of event.removedOpenKfIds) {
          await sql.run(
            'update sync_state set done = wanted, attempts = 0, last_error = ?2 where open_kfid = ?1',
            id,
            REMOVED,
          )
        }
        return event.addedOpenKfIds
      }),

    /** Makes these accounts due without a token. */
    wantAll: (openKfIds: readonly string[]): Promise<void> =>
      database.transaction(async (sql) => {
        for (const id of openKfIds) await wantTokenless(sql, id)
      }),

    /**
     * The account that was pulled longest ago, if that is before `before`; for the reconciling pull. None while an account waits out the
     * platform's rate limit, which is one for the whole corp.
     */
    async longestUnpulled(before: number): Promise<string | undefined> {
      const row = await first(
        database.all<{ open_kfid: string }>(
          `select open_kfid from sync_state
           where open_kfid <> ?1 and pulled_at < ?2 and wanted = done and last_error <> ?3
             and not exists (select 1 from sync_state limited where limited.attempts > 0 and limited.last_error like '% 45009')
           order by pulled_at limit 1`,
          EVERY_ACCOUNT,
          before,
          REMOVED,
        ),
      )
      return row?.open_kfid
    },

    async claim(openKfId: string, lease: string, ttlMs: number): Promise<SyncClaim | undefined> {
      const now = database.now()
      const row = await first(
        database.all<{
          cursor: string
          primed: number
          wanted: number
          token: string
          token_at: number
          attempts: number
        }>(
          `update sync_state set lease = ?1, lease_until = ?2, wake = ?2
           where open_kfid = ?3 and wanted > done and due <= ?5 and lease_until <= ?4
           returning cursor, primed, wanted, token, token_at, attempts`,
          lease,
          now + ttlMs,
          openKfId,
          now,
          now + EARLY_MS,
        ),
      )
      if (row === undefined) return undefined
      const { cursor, wanted, attempts } = row
      const token = now - row.token_at < TOKEN_LIFETIME_MS ? row.token : ''
      return { openKfId, lease, cursor, primed: row.primed === 1, wanted, token, attempts }
    },

    /** Returns false when the lease is lost. */
    async renew(claim: Pick<SyncClaim, 'openKfId' | 'lease'>, ttlMs: number): Promise<boolean> {
      const until = database.now() + ttlMs
      const changed = await database.run(
        'update sync_state set lease_until = ?1, wake = ?1 where open_kfid = ?2 and lease = ?3',
        until,
        claim.openKfId,
        claim.lease,
      )
      return changed === 1
    },

    /** The pull is done. Returns true when more was wished for meanwhile. */
    async finish(claim: SyncClaim): Promise<boolean> {
      const now = database.now()
      const row = await first(
        database.all<{ wanted: number; done: number }>(
          `update sync_state set done = ?1, pulled_at = ?2, lease = '', lease_until = 0, attempts = 0, last_error = '', due = ?2, wake = ?3
           where open_kfid = ?4 and lease = ?5 returning wanted, done`,
          claim.wanted,
          now,
          now + graceMs,
          claim.openKfId,
          claim.lease,
        ),
      )
      return row !== undefined && row.wanted > row.done
    },

    /** The pull failed; the row keeps its place and is due again after `delayMs`. */
    async postpone(claim: SyncClaim, delayMs: number, reason: string): Promise<void> {
      await database.run(
        `update sync_state set lease = '', lease_until = 0, attempts = attempts + 1, due = ?1, wake = ?1, last_error = ?2
         where open_kfid = ?3 and lease = ?4`,
        database.now() + delayMs,
        reason,
        claim.openKfId,
        claim.lease,
      )
    },

    /** A cursor that the platform refuses: begin again with the last three days, as history. */
    async forgetCursor(claim: SyncClaim): Promise<void> {
      await database.run(
        `update sync_state set cursor = '', primed = 0 where open_kfid = ?1 and lease = ?2`,
        claim.openKfId,
        claim.lease,
      )
    },

    /** One that may be what the platform refuses: the last three days once more, of which nothing that is stored is answered again. */
    async dropCursor(claim: SyncClaim): Promise<void> {
      await database.run(
        `update sync_state set cursor = '' where open_kfid = ?1 and lease = ?2`,
        claim.openKfId,
        claim.lease,
      )
    },
  }
}

export type SyncStore = ReturnType<typeof createSyncStore>
