/**
 * The life of one pointer, the same for every stage: claim the row, work under its lease, settle the outcome in the row. Whatever
 * goes wrong ends in the row, so the bus only ever hears `ack`, or `dead-letter` for what is parked.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError } from '../../shared/app-error.ts'
import type { Settlement, Stage } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'
import { holdLease } from './hold-lease.ts'
import type { Outcome } from './outcome.ts'
import { MAX_ATTEMPTS, retryDelayMs } from './retry-delay.ts'
import type { StageTiming } from './stage-timing.ts'

/** What a stage brings: the row's claim and the ways to settle it. Each write names the claim's lease. */
export interface StageWork<Claim extends { attempts: number }> {
  stage: Stage
  claim(key: string): Promise<Claim | undefined>
  renew(claim: Claim): Promise<boolean>
  /** Throws what it can't handle; see `toOutcome`. */
  work(claim: Claim, signal: AbortSignal): Promise<Outcome>
  /** After `done`, and to let go when the bridge shuts down. */
  release(claim: Claim, outcome: 'done' | 'stopped'): Promise<void>
  postpone(claim: Claim, delayMs: number, reason: string, countAttempt: boolean): Promise<void>
  /** Absent where giving up makes no sense: then it is tried again for ever. */
  park?(claim: Claim, reason: string): Promise<void>
  /** For the log: which account, message or conversation. */
  describe(claim: Claim): Readonly<Record<string, string | number>>
}

export interface StageDeps {
  log: Logger
  /** Aborts when the bridge shuts down and its grace is over. */
  shutdown: AbortSignal
  timing: Pick<StageTiming, 'leaseMs' | 'retry'>
  /** One finished pointer; `idle` when there was nothing to do. */
  observe: (stage: Stage, outcome: 'idle' | 'done' | 'retry' | 'park' | 'lost', ms: number) => void
}

export function createStageHandler<Claim extends { attempts: number }>(
  work: StageWork<Claim>,
  { log, shutdown, timing, observe }: StageDeps,
): (key: string) => Promise<Settlement> {
  const { stage } = work

  const settle = async (claim: Claim, outcome: Outcome): Promise<Outcome['kind']> => {
    const fields = { ...work.describe(claim), attempt: claim.attempts + 1 }
    if (outcome.kind === 'done') {
      await work.release(claim, 'done')
      return 'done'
    }
    const isLimited = outcome.kind === 'retry' && outcome.isFree !== true && outcome.isTimed !== true
    const isLast = isLimited && claim.attempts + 1 >= MAX_ATTEMPTS
    if (work.park !== undefined && (outcome.kind === 'park' || isLast)) {
      await work.park(claim, outcome.reason)
      log.error(`${stage}.parked`, { ...fields, reason: outcome.reason })
      return 'park'
    }
    const afterMs =
      (outcome.kind === 'retry' ? outcome.afterMs : undefined) ?? retryDelayMs(claim.attempts, timing.retry)
    await work.postpone(claim, afterMs, outcome.reason, outcome.kind === 'retry' && outcome.isFree !== true)
    log.warn(`${stage}.retry`, { ...fields, reason: outcome.reason, afterMs: Math.round(afterMs) })
    return 'retry'
  }

  /** What came of the work is not forgotten because the database is away: it is written as soon as that is back, under the same lease. */
  const settleWhenPossible = async (claim: Claim, outcome: Outcome, signal: AbortSignal): Promise<Outcome['kind']> => {
    for (;;) {
      try {
        return await settle(claim, outcome)
      } catch (error) {
        if (!isAppError(error, 'database.unavailable')) throw error
        await sleep(timing.retry.baseMs, undefined, { signal })
      }
    }
  }

  /** A row that can't be claimed because the database is away is still due, and the sweeper brings it again. */
  const claimIfPossible = async (key: string): Promise<Claim | undefined> => {
    try {
      return await work.claim(key)
    } catch (error) {
      if (isAppError(error, 'database.unavailable')) return undefined
      throw error
    }
  }

  return async (key) => {
    const startedAt = performance.now()
    const finish = (outcome: Parameters<typeof observe>[1]) => observe(stage, outcome, performance.now() - startedAt)
    const claim = await claimIfPossible(key)
    if (claim === undefined) {
      finish('idle')
      return 'ack'
    }
    const lease = holdLease(() => work.renew(claim), timing.leaseMs, shutdown)
    try {
      const outcome = await work.work(claim, lease.signal).catch((error: unknown) => {
        if (lease.signal.aborted || isAppError(error, 'store.lease-lost')) throw error
        return toOutcome(error, stage, work.describe(claim), log)
      })
      const kind = await settleWhenPossible(claim, outcome, lease.signal)
      finish(kind)
      return kind === 'park' ? 'dead-letter' : 'ack'
    } catch (error) {
      // Stopped midway. On a shutdown the row is free at once; a lost lease belongs to somebody else already.
      finish('lost')
      if (shutdown.aborted) await work.release(claim, 'stopped')
      else log.warn(`${stage}.stopped`, { ...work.describe(claim), error })
      return 'ack'
    } finally {
      lease.stop()
    }
  }
}

/** A failure that a stage did not handle itself. What is not known to be permanent is tried to the limit. */
function toOutcome(error: unknown, stage: Stage, fields: Readonly<Record<string, unknown>>, log: Logger): Outcome {
  if (!isAppError(error)) {
    log.error(`${stage}.failed`, { ...fields, error })
    return { kind: 'retry', reason: 'unexpected' }
  }
  const reason = error.details.errcode === undefined ? error.code : `${error.code} ${error.details.errcode}`
  if (error.code === 'database.unavailable') return { kind: 'retry', reason, isFree: true }
  return error.retryable ? { kind: 'retry', reason } : { kind: 'park', reason }
}
