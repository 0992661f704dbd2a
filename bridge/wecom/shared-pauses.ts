/**
 * Lets all processes of a corp back off together: who is told by 45009 to wait tells the others through the database. Looking costs no call
 * any time: a call only sets off a look when the last one is a while ago, and waits for the very first one.
 */
import type { Logger } from '../logger.ts'
import type { CallLimiter } from './call-limiter.ts'

export interface PauseStore {
  /** Those that are not over; `until` in unix ms. */
  list(): Promise<{ api: string; until: number }[]>
  save(pause: { api: string; until: number }): Promise<void>
}

export interface SharedPauses {
  /** What this process was told. */
  tell(api: string, until: number): void
  /** Before a call: learns what others were told. Never rejects. */
  learn(limiter: Pick<CallLimiter, 'block'>): Promise<void>
}

export interface SharedPausesDeps {
  store: PauseStore
  /** Unix ms. */
  now: () => number
  log: Logger
}

const lookEveryMs = 1000

export function createSharedPauses({ store, now, log }: SharedPausesDeps): SharedPauses {
  let lookedAt = Number.NEGATIVE_INFINITY
  let firstLook: Promise<void> | undefined

  // A database that is away costs the news, not the call.
  const tolerate = (work: Promise<void>) =>
    work.catch((error: unknown) => log.warn('wecom.pauses-unavailable', { error }))

  const look = async (limiter: Pick<CallLimiter, 'block'>): Promise<void> => {
    for (const { api, until } of await store.list()) limiter.block(api, until)
  }

  return {
    tell: (api, until) => void tolerate(store.save({ api, until })),
    async learn(limiter) {
      if (Math.abs(now() - lookedAt) >= lookEveryMs) {
        lookedAt = now()
        const looking = tolerate(look(limiter))
        firstLook ??= looking
      }
      await firstLook
    },
  }
}
