/**
 * The platform for one command. The access token is the one that the running bridges use, refreshed under their lease; what was
 * uploaded and what the access mode lacks are shared with them, too.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAppError } from '../../shared/app-error.ts'
import { backOffMs } from '../../shared/back-off.ts'
import type { Config } from '../config.ts'
import { createLogger } from '../logger.ts'
import { createAccessStore } from '../store/access-store.ts'
import { createAccessTokenStore } from '../store/access-token-store.ts'
import type { Database } from '../store/database.ts'
import { createLeaseStore } from '../store/lease-store.ts'
import { createMediaIdStore } from '../store/media-id-store.ts'
import { createMetaStore } from '../store/meta-store.ts'
import { createRatePauseStore } from '../store/rate-pause-store.ts'
import type { RefusedSecret, StoredToken } from '../wecom/access-token-store.ts'
import { createWecomClient } from '../wecom/create-wecom-client.ts'
import type { Endpoint } from '../wecom/endpoint.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'

export interface Platform {
  wecom: WecomClient
  database: Database
  /** For calls of `wecom`; each ends by its own deadline. */
  signal: AbortSignal
  /** One call, tried again when the platform says that it is busy. Never when it is unknown whether it was carried out. */
  call<Input, Output>(endpoint: Endpoint<Input, Output>, input: Input): Promise<Output>
}

export interface PlatformOptions {
  settings: Config['wecom']
  database: Database
  fetch?: typeof fetch | undefined
}

const tries = 3

export function openPlatform({ settings, database, fetch }: PlatformOptions): Platform {
  const meta = createMetaStore(database)
  const leases = createLeaseStore(database)
  const wecom = createWecomClient({
    ...settings,
    tokenStore: createAccessTokenStore<StoredToken, RefusedSecret>({ meta, leases, instanceId: `cli-${randomUUID()}` }),
    accessStore: createAccessStore(database),
    mediaIdStore: createMediaIdStore(database),
    pauseStore: createRatePauseStore(database),
    // Whatever goes wrong is told by the command.
    log: createLogger({ level: 'silent', pretty: false }),
    now: database.now,
    ...(fetch === undefined ? {} : { fetch }),
  })
  const { signal } = new AbortController()
  return {
    wecom,
    database,
    signal,
    async call(endpoint, input) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await wecom.call(endpoint, input, signal)
        } catch (error) {
          const isBusy = isAppError(error, 'wecom.refused') && error.details.action === 'retry'
          if (!isBusy || attempt === tries) throw error
          await sleep(backOffMs(attempt, { baseMs: 200, maxMs: 2_000 }))
        }
      }
    },
  }
}
