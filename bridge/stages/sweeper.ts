/**
 * Publishes whatever is due and nobody works on, at its start and every two seconds: the one place where lost, doubled and
 * late pointers are healed. One process does it for all that share a broker; on the in-process bus each does it for itself.
 */
import type { Pointer } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'
import type { DueStore, SweptStage } from '../store/due-store.ts'

export interface SweeperDeps {
  due: Pick<DueStore, 'take'>
  publish: (pointer: Pointer) => Promise<void>
  /** Those that somebody behind `publish` consumes. */
  stages: readonly SweptStage[]
  log: Logger
}

export function createSweep({ due, publish, stages, log }: SweeperDeps): () => Promise<void> {
  return async () => {
    const pointers = await due.take(stages)
    if (pointers.length === 0) return
    const results = await Promise.allSettled(pointers.map(publish))
    const failed = results.filter((result) => result.status === 'rejected').length
    log.info('sweeper.published', { count: pointers.length - failed, failed })
  }
}
