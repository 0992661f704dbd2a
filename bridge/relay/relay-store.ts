import type { KeptEvent } from '../../shared/frames.ts'
import type { Nudge } from '../../shared/nudge.ts'

/** What the relay needs of the database. Both return only after the commit, so that the mailbox may forget. */
export interface RelayStore {
  /** The accounts that are now due: one, every known one for `*`, none for a nudge that is old news. */
  acceptNudge(nudge: Nudge): Promise<string[]>
  /** Records an event; returns the accounts that are now due. */
  acceptEvent(event: KeptEvent): Promise<string[]>
}
