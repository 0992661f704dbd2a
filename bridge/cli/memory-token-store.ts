import type { AccessTokenStore, RefusedSecret, StoredToken } from '../wecom/access-token-store.ts'

/** The access token for one run of a command, where there is no database to share it through. */
export function createMemoryTokenStore(): AccessTokenStore {
  let token: StoredToken | undefined
  let refusal: RefusedSecret | undefined
  return {
    load: async () => token,
    save: async (next) => {
      token = next
    },
    loadRefusal: async () => refusal,
    saveRefusal: async (next) => {
      refusal = next
    },
    withRefreshLease: (refresh) => refresh(),
  }
}
