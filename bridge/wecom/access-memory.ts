/**
 * What this corp's access mode does not offer: learned from the first refusal, remembered for an hour in the database, and not tried
 * again before. Only endpoints that one of the modes may lack take part: what both have is a wrong setting when it is refused,
 * and is tried again as soon as it may have been mended.
 *
 * 40058 (a bad parameter) is also what a missing endpoint may answer. It counts only as long as the endpoint has never answered
 * anything else.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import { lackOf } from './error-table.ts'
import { refused } from './wecom-error.ts'

export interface KnownAccess {
  endpoint: string
  /** '' when it holds for every account. */
  account: string
  /** Of the refusal; 0 when the endpoint has answered. */
  errcode: number
  /** Unix milliseconds. */
  at: number
  /** One-way, of the credentials that it was learned with. */
  fingerprint: string
}

export interface AccessStore {
  list(): Promise<KnownAccess[]>
  /** Replaces what was known of the same endpoint and account. */
  save(access: KnownAccess): Promise<void>
  clear(): Promise<void>
}

export interface AccessMemoryDeps {
  store: AccessStore
  fingerprint: string
  /** Unix milliseconds. */
  now: () => number
  log: Logger
}

export interface AccessMemory {
  /**
   * Rejects with the remembered `wecom.refused`, `details.retryAfterMs`, without calling. `lackedAt` is a further errcode that says that it
   * is lacking.
   */
  run<T>(endpoint: string, account: string, operate: () => Promise<T>, lackedAt?: number): Promise<T>
  /** What is refused now, and what has answered. */
  list(): Promise<KnownAccess[]>
  /** Everything is tried again. */
  clear(): Promise<void>
}

export const accessHoldMs = 60 * 60_000
/** Other processes learn, too. */
const reloadAfterMs = 60_000

export function createAccessMemory({ store, fingerprint, now, log }: AccessMemoryDeps): AccessMemory {
  const known = new Map<string, KnownAccess>()
  let loadedAt = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | undefined

  const keyOf = (endpoint: string, account: string) => `${endpoint} ${account}`

  /** A database that is away costs the memory, not the call. */
  async function tolerate(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      log.warn('wecom.access-memory-unavailable', { error })
    }
  }

  async function load(): Promise<void> {
    if (Math.abs(now() - loadedAt) >= reloadAfterMs) {
      loadedAt = now()
      loading = reload()
    }
    await loading
  }

  const reload = () =>
    tolerate(async () => {
      const stored = await store.list()
      known.clear()
      for (const access of stored) {
        if (access.fingerprint === fingerprint) known.set(keyOf(access.endpoint, access.account), access)
      }
    })

  const isHeld = ({ errcode, at }: KnownAccess) => errcode !== 0 && Math.abs(now() - at) < accessHoldMs

  function findHeld(endpoint: string, account: string): KnownAccess | undefined {
    const found = [known.get(keyOf(endpoint, '')), known.get(keyOf(endpoint, account))]
    return found.find((access) => access !== undefined && isHeld(access))
  }

  async function learn(endpoint: string, account: string, errcode: number): Promise<void> {
    const key = keyOf(endpoint, account)
    if (known.get(key)?.errcode === errcode && errcode === 0) return
    const access = { endpoint, account, errcode, at: now(), fingerprint }
    known.set(key, access)
    if (errcode !== 0) log.warn('wecom.access-lacking', { endpoint, account, errcode, retryAfterMs: accessHoldMs })
    await tolerate(() => store.save(access))
  }

  async function learnFrom(error: unknown, endpoint: string, account: string, lackedAt?: number): Promise<void> {
    if (!isAppError(error, 'wecom.refused')) return
    const errcode = Number(error.details.errcode)
    const lack = errcode === lackedAt ? 'endpoint' : lackOf(errcode)
    if (lack === undefined || (lack === 'perhaps' && known.get(keyOf(endpoint, ''))?.errcode === 0)) return
    await learn(endpoint, lack === 'account' ? account : '', errcode)
  }

  return {
    async run(endpoint, account, operate, lackedAt) {
      await load()
      const held = findHeld(endpoint, account)
      if (held !== undefined) {
        const retryAfterMs = Math.max(0, held.at + accessHoldMs - now())
        throw refused(endpoint, held.errcode, '', { rememberedAt: held.at, retryAfterMs })
      }
      try {
        const result = await operate()
        await learn(endpoint, '', 0)
        return result
      } catch (error) {
        await learnFrom(error, endpoint, account, lackedAt)
        throw error
      }
    },
    async list() {
      await load()
      return [...known.values()].filter((access) => access.errcode === 0 || isHeld(access))
    },
    async clear() {
      known.clear()
      await store.clear()
    },
  }
}
