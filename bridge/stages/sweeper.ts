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
  /** Whether anything can be published at all. */
  isUp: () => boolean
  /** Those that somebody behind `publish` consumes. */
  stages: readonly SweptStage[]
  log: Logger
}

/** With 200 rows of a stage each, and a sweep every two seconds: ten thousand customers after an outage are back in ten seconds. */
const MAX_ROUNDS = 10

export function createSweep({ due, publish, isUp, stages, log }: SweeperDeps): () => Promise<void> {
  const round = async (): Promise<boolean> => {
    const pointers = await due.take(stages)
    if (pointers.length === 0) return false
    const results = await Promise.allSettled(pointers.map(publish))
    const failed = results.filter((result) => result.status === 'rejected').length
    log.info('sweeper.published', { count: pointers.length - failed, failed })
    return failed === 0
  }

  return async () => {
    // What is taken is left alone for a while, so nothing is taken in vain.
    for (let rounds = 0; rounds < MAX_ROUNDS && isUp() && (await round()); ) rounds += 1
  }
}
