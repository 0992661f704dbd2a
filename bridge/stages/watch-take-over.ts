/**
 * Has the relay dial at once when a person wishes that it takes the mailbox over: told that another database has it, it dials only
 * once in a while.
 */
import type { TakeOverStore } from '../store/take-over-store.ts'

export interface WatchTakeOverDeps {
  takeOver: Pick<TakeOverStore, 'requestedAt' | 'done'>
  relay: { hurry(): void; state(): { up: boolean } }
}

export function createWatchTakeOver({ takeOver, relay }: WatchTakeOverDeps): () => Promise<void> {
  let heeded: number | undefined
  return async () => {
    const at = await takeOver.requestedAt()
    if (at === undefined) return
    // Connected means that the mailbox is ours.
    if (relay.state().up) return takeOver.done()
    if (at === heeded) return
    heeded = at
    relay.hurry()
  }
}
