import type { Mail } from '../../shared/frames.ts'
import type { Pointer } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'
import type { RelayStore } from './relay-store.ts'

export interface AcceptMailDeps {
  store: RelayStore
  publish: (pointer: Pointer) => Promise<void>
  log: Logger
}

/**
 * Resolves once the mail is in the database, which is when the mailbox may forget it. Waking the fetch stage is not waited
 * for: what cannot be published is still due, and the sweeper brings it.
 */
export async function acceptMail(mail: Mail, { store, publish, log }: AcceptMailDeps): Promise<void> {
  const accounts = mail.kind === 'nudge' ? await store.acceptNudge(mail.nudge) : await store.acceptEvent(mail.event)
  for (const openKfId of accounts) {
    publish({ stage: 'fetch', key: openKfId }).catch((error: unknown) => log.warn('relay.publish-failed', { error }))
  }
}
