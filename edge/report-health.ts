/**
 * `GET /healthz`: whether the mailbox answers, when a bridge was last seen and how long the oldest mail waits. Nothing
 * secret, so it needs no password; each answer stands for 15 s, in this isolate and in the data centre's cache, whatever
 * the query says. So strangers can make the object work a few times a minute per data centre, and no more.
 */
import { isAppError } from '../shared/app-error.ts'
import type { Logger } from './logger.ts'
import type { MailboxReport } from './mailbox/mailbox.ts'

export const HEALTH_TTL_MS = 15_000

export interface Health {
  ok: boolean
  mailbox: 'up' | 'down'
  bridge: { connected: boolean; lastSeen: string | null } | null
  /** Accounts and events that no bridge has acknowledged yet. */
  pending: number | null
  oldestWaitingSeconds: number | null
}

export interface HealthReporterDeps {
  cache: () => Pick<Cache, 'match' | 'put'>
  log: Logger
  now: () => number
}

export function createHealthReporter({ cache, log, now }: HealthReporterDeps) {
  // Values only: a pending promise must not be shared between requests in this runtime.
  let last: { text: string; status: number; until: number } | undefined

  return async (request: Request, ask: () => Promise<MailboxReport>): Promise<Response> => {
    if (last !== undefined && now() < last.until) return answer(last.text, last.status)
    const key = new URL(request.url)
    key.search = ''
    const cached = await cache().match(key)
    if (cached !== undefined) return cached
    const { text, status } = await measure(ask, log)
    last = { text, status, until: now() + HEALTH_TTL_MS }
    // The cache keeps successes only; a failure is remembered by the isolate, which soon asks again.
    if (status === 200) await cache().put(key, answer(text, status))
    return answer(text, status)
  }
}

async function measure(ask: () => Promise<MailboxReport>, log: Logger) {
  try {
    return { text: JSON.stringify(toHealth(await ask())), status: 200 }
  } catch (error) {
    log.error('health.mailbox-down', isAppError(error) ? { code: error.code, ...error.details } : {})
    const down: Health = { ok: false, mailbox: 'down', bridge: null, pending: null, oldestWaitingSeconds: null }
    return { text: JSON.stringify(down), status: 503 }
  }
}

function toHealth({ bridgeConnected, bridgeSeenAt, pending, oldestAgeMs }: MailboxReport): Health {
  return {
    ok: true,
    mailbox: 'up',
    bridge: {
      connected: bridgeConnected,
      lastSeen: bridgeSeenAt === undefined ? null : new Date(bridgeSeenAt).toISOString(),
    },
    pending,
    oldestWaitingSeconds: Math.round(oldestAgeMs / 1000),
  }
}

function answer(text: string, status: number): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': `public, max-age=${HEALTH_TTL_MS / 1000}` }
  return new Response(text, { status, headers })
}
