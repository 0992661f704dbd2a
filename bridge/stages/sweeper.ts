/**
 * Publishes whatever is due and nobody works on, at its start and every two seconds: the one place where lost, doubled and
 * late pointers are healed. One process does it for all.
 */
import type { Pointer } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'
import type { DueStore } from '../store/due-store.ts'

export interface SweeperDeps {
  due: Pick<DueStore, 'take'>
  publish: (pointer: Pointer) => Promise<void>
  log: Logger
}

export function createSweep({ due, publish, log }: SweeperDeps): () => Promise<void> {
  return async () => {
    const found = await due.take()
    const pointers: Pointer[] = (['fetch', 'parse', 'reply'] as const).flatMap((stage) =>
      found[stage].map((key) => ({ stage, key })),
    )
    if (pointers.length === 0) return
    const results = await Promise.allSettled(pointers.map(publish))
    const failed = results.filter((result) => result.status === 'rejected').length
    log.info('sweeper.published', { count: pointers.length - failed, failed })
  }
}
