import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError } from '../../shared/app-error.ts'
import { backOffMs } from '../../shared/back-off.ts'
import type { Logger } from '../logger.ts'

/** Tries again for as long as the database is away: what a start can't do without. Rejects with any other failure. */
export async function untilAvailable<T>(work: () => Promise<T>, { log }: { log: Logger }): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isAppError(error, 'database.unavailable')) throw error
      log.warn('database.waiting', { error })
      await sleep(250 + backOffMs(attempt, { baseMs: 250, maxMs: 5000 }))
    }
  }
}
