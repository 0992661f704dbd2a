/**
 * The platform's limits hold for the whole corp, and so for all processes of a database together: each takes an even share of them. Who
 * counts holds a lease of its own under `CALLER`; of one that was killed it runs out, or whoever finds it dead takes it away.
 */
import type { Logger } from '../logger.ts'
import type { LeaseStore } from '../store/lease-store.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'

export interface ShareCallsDeps {
  leases: Pick<LeaseStore, 'count'>
  wecom: Pick<WecomClient, 'shareLimits'>
  log: Logger
}

/** What the names of those leases begin with. */
export const CALLER = 'calls:'

export function createShareCalls({ leases, wecom, log }: ShareCallsDeps): () => Promise<void> {
  let known = 1
  return async () => {
    const processes = Math.max(1, await leases.count(CALLER))
    if (processes === known) return
    known = processes
    wecom.shareLimits(processes)
    log.info('calls.shared', { processes })
  }
}
