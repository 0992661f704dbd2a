/**
 * Forgets what is old, a small batch at a time with a pause after each, so that no customer waits for it. One process does it for
 * all.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import type { Batch, Place, RetentionStep, RetentionStore } from '../store/retention-store.ts'

export interface RetentionDeps {
  retention: RetentionStore
  now: () => number
  log: Logger
}

export interface RetentionOptions {
  /** How long what was said is kept; undefined: for ever. */
  keepMs: number | undefined
  /** Between two batches, at the least. */
  pauseMs: number
}

export interface Retention {
  /** From the oldest on until nothing is too old. Rejects when the database fails; what was forgotten by then is. */
  run(): Promise<void>
  /** Ends a run after its batch. */
  stop(): void
}

/** Of the time, batches take this share at the most. */
const SHARE = 0.2

type StepName = keyof RetentionStore

/** Answers before messages: a conversation is forgotten with the last that is left of it. Files after the messages that brought them. */
const STEPS: readonly StepName[] = [
  'replies',
  'messages',
  'contents',
  'summaries',
  'media',
  'loneParts',
  'deskChanges',
  'ratings',
  'closedEntries',
  'openEntries',
  'vendorConversations',
]

export function createRetention(
  { retention, now, log }: RetentionDeps,
  { keepMs, pauseMs }: RetentionOptions,
): Retention {
  let stopped = new AbortController()

  const runStep = async (step: RetentionStep, before: number, signal: AbortSignal): Promise<number> => {
    let removed = 0
    let place: Place | undefined
    do {
      const startedAt = performance.now()
      const batch: Batch = await step(place, before)
      removed += batch.removed
      place = batch.next
      const tookMs = performance.now() - startedAt
      if (place !== undefined) await pause(Math.max(pauseMs, tookMs / SHARE - tookMs), signal)
    } while (place !== undefined && !signal.aborted)
    return removed
  }

  return {
    async run() {
      stopped = new AbortController()
      const { signal } = stopped
      const counts: Record<string, number> = {}
      const steps: readonly StepName[] = keepMs === undefined ? ['processes'] : [...STEPS, 'processes']
      for (const name of steps) {
        if (signal.aborted) break
        counts[name] = await runStep(retention[name], now() - (keepMs ?? 0), signal)
      }
      if (Object.values(counts).some((count) => count > 0)) log.info('retention.forgotten', counts)
    },
    stop: () => stopped.abort(),
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
