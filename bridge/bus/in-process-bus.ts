/**
 * The bus of a bridge that runs as one process: a wake-up, kept in memory. A pointer that is waiting already is not queued
 * twice, and one that arrives while its key is being handled runs again after it, so no key is ever handled twice at once.
 * What waits at `close` is dropped; the rows are still due.
 */
import type { Logger } from '../logger.ts'
import type { Bus, ConsumeOptions, Pointer, PointerHandler, Stage } from './bus.ts'
import { busUnavailable } from './bus-unavailable.ts'

/** As many as a queue of RabbitMQ takes (see topology.ts). */
const MAX_WAITING = 100_000
/**
 * For a stage that nobody consumes: at the start not yet, or never, because another process on the same SQLite file has that role. What
 * is dropped beyond is found there by that process's own sweeper.
 */
const MAX_UNHEARD = 1000

interface Lane {
  /** In order of arrival. */
  waiting: Set<string>
  running: Set<string>
  /** Arrived while running: to be queued when the run ends. */
  again: Set<string>
  consumer: { options: ConsumeOptions; handler: PointerHandler } | undefined
}

export interface InProcessBusDeps {
  log: Logger
}

export function createInProcessBus({ log }: InProcessBusDeps): Bus {
  const lanes = new Map<Stage, Lane>()
  const runs = new Set<Promise<void>>()
  let phase: 'open' | 'closing' | 'closed' = 'open'

  const laneOf = (stage: Stage): Lane => {
    const lane = lanes.get(stage) ?? { waiting: new Set(), running: new Set(), again: new Set(), consumer: undefined }
    lanes.set(stage, lane)
    return lane
  }

  const handle = async (stage: Stage, lane: Lane, key: string, handler: PointerHandler): Promise<void> => {
    // The publisher's own work goes on first: it must not wait for what it has set off.
    await Promise.resolve()
    try {
      await handler(key)
    } catch (error) {
      log.error('bus.handler-failed', { stage, error })
    }
    lane.running.delete(key)
    if (lane.again.delete(key)) lane.waiting.add(key)
    startWaiting(stage, lane)
  }

  const startWaiting = (stage: Stage, lane: Lane): void => {
    if (lane.consumer === undefined || phase !== 'open') return
    const { options, handler } = lane.consumer
    for (const key of lane.waiting) {
      if (lane.running.size >= options.concurrency) return
      lane.waiting.delete(key)
      lane.running.add(key)
      const run = handle(stage, lane, key, handler)
      runs.add(run)
      run.finally(() => runs.delete(run))
    }
  }

  return {
    async publish({ stage, key }: Pointer) {
      if (phase === 'closed') throw busUnavailable('closed')
      // A handler that is finishing may still publish; nobody will start on it here.
      if (phase === 'closing') return
      const lane = laneOf(stage)
      if (lane.running.has(key)) {
        lane.again.add(key)
        return
      }
      if (lane.consumer === undefined && lane.waiting.size >= MAX_UNHEARD) return
      if (lane.waiting.size >= MAX_WAITING) throw busUnavailable(`too much waits for ${stage}`)
      lane.waiting.add(key)
      startWaiting(stage, lane)
    },

    async consume(stage, options, handler) {
      const lane = laneOf(stage)
      lane.consumer = { options, handler }
      startWaiting(stage, lane)
    },

    state: () => (phase === 'open' ? { up: true } : { up: false, reason: 'closed' }),

    async close() {
      if (phase === 'open') phase = 'closing'
      while (runs.size > 0) await Promise.all(runs)
      phase = 'closed'
    },
  }
}
