/**
 * Where the access token is kept, so that all processes share one and only one of them refreshes it.
 * Both records carry the fingerprint of the credentials that they came from: after a change of secret, corp or address the old
 * token is not used and the old refusal does not count. `save` and `saveRefusal` replace what was there.
 */

export interface StoredToken {
  token: string
  /** Unix milliseconds, as the platform promised it. It may revoke earlier. */
  expiresAt: number
  /** Unix milliseconds. */
  obtainedAt: number
  /** One-way, safe to store. */
  fingerprint: string
}

/** Credentials that the platform refused. Asking again and again gets the address banned for an hour. */
export interface RefusedSecret {
  errcode: number
  /** Unix milliseconds. */
  refusedAt: number
  /** Unix milliseconds before which nobody asks again. */
  retryAt: number
  /** How often in a row, at least 1. */
  times: number
  /** One-way, safe to store. */
  fingerprint: string
  /** Ours, as the platform sees it, when it does not trust it. */
  address?: string
}

export interface AccessTokenStore {
  load(): Promise<StoredToken | undefined>
  save(token: StoredToken): Promise<void>
  loadRefusal(): Promise<RefusedSecret | undefined>
  saveRefusal(refusal: RefusedSecret): Promise<void>
  /** Runs `refresh` while this process holds the named lease; returns undefined at once when another process holds it. */
  withRefreshLease<T>(refresh: () => Promise<T>): Promise<T | undefined>
}
