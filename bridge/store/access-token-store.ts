/** The access token and a refused secret, as rows that every process of this database shares. */
import type { LeaseStore } from './lease-store.ts'
import type { MetaStore } from './meta-store.ts'

const TOKEN_KEY = 'access_token'
const REFUSAL_KEY = 'refused_secret'
const LEASE = 'token-refresh'
/** Longer than a refresh can take, short enough that a process that died with it holds nobody up. */
const LEASE_MS = 20_000

interface Deps {
  meta: MetaStore
  leases: LeaseStore
  instanceId: string
}

export function createAccessTokenStore<Token, Refusal>({ meta, leases, instanceId }: Deps) {
  // What these rows hold was written by the same program; the caller's type says what that is.
  const read = async <T>(key: string): Promise<T | undefined> => {
    const text = await meta.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as T)
  }

  return {
    load: () => read<Token>(TOKEN_KEY),
    save: (token: Token): Promise<void> => meta.set(TOKEN_KEY, JSON.stringify(token)),
    loadRefusal: () => read<Refusal>(REFUSAL_KEY),
    saveRefusal: (refusal: Refusal): Promise<void> => meta.set(REFUSAL_KEY, JSON.stringify(refusal)),
    async withRefreshLease<T>(refresh: () => Promise<T>): Promise<T | undefined> {
      if (!(await leases.acquire(LEASE, instanceId, LEASE_MS))) return undefined
      try {
        return await refresh()
      } finally {
        await leases.release(LEASE, instanceId)
      }
    },
  }
}
