/** Where the access token is kept, so that all processes share one and only one of them refreshes it. */

export interface StoredToken {
  token: string
  /** Unix milliseconds. */
  expiresAt: number
}

/** A secret that the platform refused. Asking again and again gets the address banned for an hour. */
export interface RefusedSecret {
  errcode: number
  /** Unix milliseconds. */
  refusedAt: number
}

export interface AccessTokenStore {
  load(): Promise<StoredToken | undefined>
  save(token: StoredToken): Promise<void>
  loadRefusal(): Promise<RefusedSecret | undefined>
  saveRefusal(refusal: RefusedSecret): Promise<void>
  /** Runs `refresh` while this process holds the named lease; returns undefined at once when another process holds it. */
  withRefreshLease<T>(refresh: () => Promise<T>): Promise<T | undefined>
}
