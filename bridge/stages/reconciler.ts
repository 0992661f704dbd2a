/**
 * Finds what no callback told of: pulls the account that was pulled longest ago. Pulls without a token are limited strictly
 * by the platform, so there is one budget for the whole corp.
 */
import type { Pointer } from '../bus/bus.ts'
import type { SyncStore } from '../store/sync-store.ts'

export interface ReconcilerDeps {
  sync: Pick<SyncStore, 'longestUnpulled' | 'wantAll'>
  wake: (pointer: Pointer) => void
  now: () => number
}

/** One pull per call; called every 15 s, which makes four a minute. An account is not pulled again within `minAgeMs`. */
export function createReconcile({ sync, wake, now }: ReconcilerDeps, { minAgeMs }: { minAgeMs: number }) {
  return async (): Promise<void> => {
    const key = await sync.longestUnpulled(now() - minAgeMs)
    if (key === undefined) return
    await sync.wantAll([key])
    wake({ stage: 'fetch', key })
  }
}
