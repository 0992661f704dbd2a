/**
 * The access token: kept in memory, shared with other processes through the store, refreshed before it expires by one caller at
 * a time in this process and by one process at a time among all.
 *
 * Refused credentials are remembered in the store and not tried again for 10 minutes, then 20, up to an hour: the platform
 * bans an address that keeps asking. Changed credentials have another fingerprint and are tried at once.
 * Source: https://developer.work.weixin.qq.com/document/path/91039
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { AccessTokenStore, RefusedSecret, StoredToken } from './access-token-store.ts'
import { createPrepareCall } from './call.ts'
import { getToken } from './endpoints/get-token.ts'
import { describeErrcode, type ErrorAction, isRetryableAction } from './error-table.ts'
import { toFingerprint } from './to-fingerprint.ts'
import { unreachable } from './wecom-error.ts'

export interface AccessTokenDeps {
  apiBase: string
  corpId: string
  secret: string
  store: AccessTokenStore
  fetch: typeof fetch
  /** Unix milliseconds. */
  now: () => number
  log: Logger
}

export interface AccessTokenOptions {
  /** For one call of gettoken. Default 10,000. */
  deadlineMs?: number
  /** How often to look whether another process has finished its refresh. Default 200. */
  pollMs?: number
}

export interface AccessToken {
  /** A token to call with. Rejects with `wecom.token` or with what gettoken rejected with. */
  get(signal: AbortSignal): Promise<string>
  /**
   * The platform refused this token. Returns the one to use instead; undefined when it was so new that a newer one
   * would be refused as well, so that a token which is refused for good does not make us ask for a token per call.
   */
  replace(refusedToken: string, signal: AbortSignal): Promise<string | undefined>
}

const refreshEarlyMs = 5 * 60_000
const youngMs = 5_000
const firstHoldMs = 10 * 60_000
const longestHoldMs = 60 * 60_000
const shortHoldMs = 60_000

export function createAccessToken(
  { apiBase, corpId, secret, store, fetch, now, log }: AccessTokenDeps,
  { deadlineMs = 10_000, pollMs = 200 }: AccessTokenOptions = {},
): AccessToken {
  const ask = createPrepareCall({ apiBase, fetch, deadlineMs })(getToken, { corpId, secret })
  const fingerprint = toFingerprint({ apiBase, corpId, secret })
  let cached: StoredToken | undefined
  let refusedToken = ''
  let flight: Promise<StoredToken> | undefined
  let announcedAt = 0

  function isUsable(stored: StoredToken | undefined): stored is StoredToken {
    if (stored === undefined || stored.fingerprint !== fingerprint || stored.token === refusedToken) return false
    // A token that lives for less than the early margin is used for nine tenths of its life.
    const marginMs = Math.min(refreshEarlyMs, (stored.expiresAt - stored.obtainedAt) / 10)
    return now() < stored.expiresAt - marginMs
  }

  async function refresh(): Promise<StoredToken> {
    const giveUpAt = performance.now() + 2 * deadlineMs
    while (performance.now() < giveUpAt) {
      const stored = await loadUsable()
      if (stored !== undefined) return stored
      const fresh = await store.withRefreshLease(async () => (await loadUsable()) ?? (await obtain()))
      if (fresh !== undefined) return fresh
      await delay(pollMs, undefined, { ref: false })
    }
    throw unreachable(getToken.path, 'deadline', { waitedForMs: 2 * deadlineMs })
  }

  /** The stored token if it can be used. Throws `wecom.token` while refused credentials are held back. */
  async function loadUsable(): Promise<StoredToken | undefined> {
    const stored = await store.load()
    if (isUsable(stored)) return stored
    const refusal = await store.loadRefusal()
    if (refusal?.fingerprint === fingerprint && now() < refusal.retryAt) {
      announce(refusal)
      throw held(refusal)
    }
    return undefined
  }

  async function obtain(): Promise<StoredToken> {
    // The holder of the lease finishes even when its caller is gone: others wait for the result.
    const forever = new AbortController().signal
    try {
      const { token, lifetimeMs } = await ask('', forever)
      const obtainedAt = now()
      const stored = { token, obtainedAt, expiresAt: obtainedAt + lifetimeMs, fingerprint }
      await store.save(stored)
      log.info('wecom.token-obtained', { lifetimeMs })
      // While a token is valid the platform may return it again: then it is the refusal that was wrong.
      refusedToken = ''
      return stored
    } catch (error) {
      const refusal = await toRefusal(error)
      if (refusal === undefined) throw error
      await store.saveRefusal(refusal)
      announce(refusal)
      throw held(refusal)
    }
  }

  async function toRefusal(error: unknown): Promise<RefusedSecret | undefined> {
    if (!isAppError(error, 'wecom.refused')) return undefined
    const errcode = Number(error.details.errcode)
    const { action } = describeErrcode(errcode)
    if (action === 'retry') return undefined
    const last = await store.loadRefusal()
    const stored = await store.load()
    const inARow =
      last?.fingerprint === fingerprint && (stored?.fingerprint !== fingerprint || stored.obtainedAt < last.refusedAt)
    const times = inARow ? last.times + 1 : 1
    const refusedAt = now()
    const retryAt = refusedAt + holdMs(errcode, action, times)
    const { address } = error.details
    return { errcode, refusedAt, retryAt, times, fingerprint, ...(typeof address === 'string' && { address }) }
  }

  /** Loudly, once per refusal and process: also in a process that finds it in the store when it starts. */
  function announce({ errcode, refusedAt, retryAt }: RefusedSecret): void {
    if (announcedAt === refusedAt) return
    announcedAt = refusedAt
    const { meaning, meaningEn } = describeErrcode(errcode)
    log.error('wecom.token-refused', { errcode, meaning, meaningEn, todo: whatToDo(errcode), retryAt })
  }

  function held({ errcode, retryAt }: RefusedSecret): AppError {
    const { meaningEn, action } = describeErrcode(errcode)
    return new AppError('wecom.token', `no access token can be had: ${errcode}, ${meaningEn}`, {
      retryable: isRetryableAction(action),
      details: { errcode, action, retryAfterMs: Math.max(0, retryAt - now()) },
    })
  }

  async function get(signal: AbortSignal): Promise<string> {
    if (isUsable(cached)) return cached.token
    flight ??= refresh().finally(() => {
      flight = undefined
    })
    cached = await orAborted(flight, signal)
    return cached.token
  }

  return {
    get,
    async replace(token, signal) {
      if (cached?.token === token) {
        if (now() - cached.obtainedAt < youngMs) return undefined
        log.warn('wecom.token-revoked', { ageMs: now() - cached.obtainedAt })
        refusedToken = token
        cached = undefined
      }
      return get(signal)
    },
  }
}

/** Trusted addresses take a minute to apply and a rate window is a minute long; a wrong secret takes a person. */
function holdMs(errcode: number, action: ErrorAction, times: number): number {
  if (errcode === 60020 || action === 'wait' || action === 'unknown') return shortHoldMs
  return Math.min(longestHoldMs, firstHoldMs * 2 ** Math.min(times - 1, 10))
}

function whatToDo(errcode: number): string {
  switch (errcode) {
    case 40013:
    case 41002:
      return 'check WECHAT_CORP_ID, then restart'
    case 60020:
      return "add this machine's outgoing address to the app's trusted IPs (企业可信IP)"
    case 45009:
      return 'wait: too many tokens were asked for'
    default:
      return 'check WECHAT_SECRET and that it belongs to WECHAT_CORP_ID and the right mode, then restart'
  }
}

/** The shared refresh goes on for the others when one caller gives up. */
function orAborted<T>(flight: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(unreachable(getToken.path, 'aborted'))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    flight.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
