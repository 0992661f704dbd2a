/**
 * Work that one process does for all, under a named lease. The others stand by and take over when the holder is gone: at once after an orderly end,
 * when its lease runs out after a crash.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { LeaseStore } from '../store/lease-store.ts'

export interface SingleJobDeps {
  leases: Pick<LeaseStore, 'acquire' | 'release'>
  instanceId: string
  timing: JobTiming
  log: Logger
}

export interface SingleJob {
  name: string
  /** Called when this process takes the lease. */
  onGained?: () => void | Promise<void>
  /** Called when it is lost, or given back. Must end quickly. */
  onLost?: () => void | Promise<void>
  /** Called while the lease is held, `everyMs` after the last call ended. */
  run?: () => Promise<void>
  everyMs?: number
}

/** In milliseconds. */
export interface JobTiming {
  leaseMs: number
  renewMs: number
}

export interface RunningJob {
  readonly name: string
  readonly isHeld: boolean
  stop(): Promise<void>
}

export function startSingleJob(job: SingleJob, { leases, instanceId, timing, log }: SingleJobDeps): RunningJob {
  let isHeld = false
  let heldUntil = 0
  let isStopped = false
  let isBeating = false
  let running: Promise<void> = Promise.resolve()
  let runTimer: NodeJS.Timeout | undefined

  const runSoon = (delayMs: number): void => {
    if (job.run === undefined) return
    const { run, everyMs = 2000 } = job
    clearTimeout(runTimer)
    runTimer = setTimeout(() => {
      // Past the lease without a renewal, somebody else may be at it: skip this turn.
      const turn = performance.now() < heldUntil ? run() : Promise.resolve()
      running = turn
        .catch((error: unknown) => warn('job.failed', error))
        .finally(() => {
          if (isHeld && !isStopped) runSoon(everyMs)
        })
    }, delayMs)
  }

  /** A database that is away is told of once, by who watches it, and not by every job all the while. */
  const warn = (name: string, error: unknown): void =>
    log[isAppError(error, 'database.unavailable') ? 'debug' : 'warn'](name, { job: job.name, error })

  const lose = async (): Promise<void> => {
    if (!isHeld) return
    isHeld = false
    clearTimeout(runTimer)
    await job.onLost?.()
  }

  const beat = async (): Promise<void> => {
    const before = performance.now()
    isBeating = true
    try {
      const acquired = await leases.acquire(job.name, instanceId, timing.leaseMs)
      if (!acquired) return await lose()
      heldUntil = before + timing.leaseMs
      if (isHeld || isStopped) return
      isHeld = true
      log.info('job.gained', { job: job.name })
      try {
        await job.onGained?.()
      } catch (error) {
        // The next beat begins anew: what does not begin would be held, and never run.
        isHeld = false
        throw error
      }
      runSoon(0)
    } catch (error) {
      warn('job.lease-failed', error)
      if (performance.now() >= heldUntil) await lose()
    } finally {
      isBeating = false
    }
  }

  let beating = beat()
  const timer = setInterval(() => {
    // One that hangs is not joined by others: they would all have to end before this job can.
    if (!isBeating) beating = beat()
  }, timing.renewMs)

  return {
    name: job.name,
    get isHeld() {
      return isHeld
    },
    async stop() {
      isStopped = true
      clearInterval(timer)
      await beating
      await lose()
      await running
      await leases.release(job.name, instanceId).catch((error: unknown) => warn('job.lease-failed', error))
    },
  }
}
