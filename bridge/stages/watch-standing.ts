/**
 * Whose the mailbox is, for all processes of a database: whoever holds the connection to the edge hears of it, and keeps it where the others
 * read it. A bridge on another database than the mailbox's must not answer beside that one's.
 */
import type { RelayStanding, RelayState } from '../relay/relay.ts'
import type { MailboxStore } from '../store/mailbox-store.ts'

export interface WatchStandingDeps {
  mailbox: MailboxStore
  relay: { standing(): RelayStanding; state(): Pick<RelayState, 'up'> }
}

/** So long a start waits to hear of it. */
const WAIT_MS = 5000

export function createWatchStanding({ mailbox, relay }: WatchStandingDeps, { waitMs = WAIT_MS } = {}) {
  const startedAt = performance.now()
  return {
    /** Rejects as the database does. */
    async standing(): Promise<RelayStanding> {
      const heard = relay.standing()
      // Whoever has the connection knows best, and asks nobody.
      if (heard !== 'connecting') return heard
      if (await mailbox.isForeign()) return 'foreign'
      return performance.now() - startedAt > waitMs ? 'free' : 'connecting'
    },
    /** For the process that holds the connection, now and then. */
    async share(): Promise<void> {
      const isForeign = relay.standing() === 'foreign'
      // That the edge can't be reached says nothing about the mailbox.
      if (!isForeign && !relay.state().up) return
      if ((await mailbox.isForeign()) !== isForeign) await mailbox.setForeign(isForeign)
    },
  }
}
