/**
 * The routes of the Worker, and the one place where a failure becomes an answer: outsiders get a bare status, the reason
 * goes to the log.
 */
import { Hono } from 'hono'
import { isAppError } from '../shared/app-error.ts'
import { STATUS_PATH } from '../shared/edge-status.ts'
import { checkUrl } from './callback/check-url.ts'
import { createRefusalNotes } from './callback/note-refusals.ts'
import { receiveCallback } from './callback/receive-callback.ts'
import { type EdgeBindings, parseSettings } from './env.ts'
import { BRAKED_SECONDS, createRefusalLimit, type RefusalBrake } from './limit-refusals.ts'
import type { Logger } from './logger.ts'
import { callMailbox } from './mailbox/call-mailbox.ts'
import { openBridgeSession } from './mailbox/open-bridge-session.ts'
import { toStatus } from './refusal.ts'
import { createHealthReporter } from './report-health.ts'
import { reportStatus } from './report-status.ts'
import { secureHeaders } from './secure-headers.ts'

export interface AppDeps {
  log: Logger
  /** Unix ms. */
  now?: () => number
}

export function createApp({ log, now = Date.now }: AppDeps) {
  const app = new Hono<{ Bindings: EdgeBindings & RefusalBrake }>()
  app.use(secureHeaders)
  const noteRefusal = createRefusalNotes({ now })
  const isOneTooMany = createRefusalLimit({ log, now })
  const reportHealth = createHealthReporter({ cache: () => caches.default, log, now })

  app.get('/callback', async (c) => {
    const settings = await parseSettings(c.env)
    const { response, isProbe } = await checkUrl(c.req.raw, settings)
    // After the answer, which has a second: nothing hangs on the note.
    if (!isProbe) {
      const note = callMailbox(c.env, settings.corpId, (mailbox) => mailbox.noteUrlCheck())
      c.executionCtx.waitUntil(note.catch((error) => log.warn('callback.check-not-noted', { code: codeOf(error) })))
    }
    return response
  })
  app.post('/callback', async (c) => {
    const settings = await parseSettings(c.env)
    return receiveCallback(c.req.raw, {
      settings,
      mailbox: {
        keepNudge: (nudge) => callMailbox(c.env, settings.corpId, (mailbox) => mailbox.keepNudge(nudge)),
        keepEvent: (key, event) => callMailbox(c.env, settings.corpId, (mailbox) => mailbox.keepEvent(key, event)),
      },
      log,
      nowMs: now(),
    })
  })
  app.get('/bridge', async (c) =>
    openBridgeSession(c.req.raw, { env: c.env, settings: await parseSettings(c.env), log, nowMs: now() }),
  )
  app.get('/healthz', async (c) => {
    const { corpId } = await parseSettings(c.env)
    return reportHealth(c.req.raw, () => callMailbox(c.env, corpId, (mailbox) => mailbox.report()))
  })

  app.get(STATUS_PATH, async (c) => {
    const settings = await parseSettings(c.env)
    const ask = () => callMailbox(c.env, settings.corpId, (mailbox) => mailbox.report())
    return reportStatus(c.req.raw, { settings, ask, nowMs: now() })
  })

  app.all('/callback', () => bare(405, { allow: 'GET, POST' }))
  app.on(['ALL'], ['/bridge', '/healthz', STATUS_PATH], () => bare(405, { allow: 'GET' }))
  app.notFound(() => bare(404))
  app.onError(async (error, c) => {
    if (await isOneTooMany(c.req.raw, c.env, codeOf(error))) return bare(429, { 'retry-after': String(BRAKED_SECONDS) })
    const reason = noteRefusal(codeOf(error))
    if (reason !== undefined) {
      const note = callMailbox(c.env, c.env.WECHAT_CORP_ID, (mailbox) => mailbox.noteRefusal(reason))
      c.executionCtx.waitUntil(
        note.catch((failure) => log.warn('callback.refusal-not-noted', { code: codeOf(failure) })),
      )
    }
    const { status, ...fields } = describe(error)
    if (status < 500) log.warn('request.refused', { status, ...fields })
    else log.error('request.failed', { status, ...fields })
    return bare(status, status === 426 ? { upgrade: 'websocket', connection: 'Upgrade' } : {})
  })
  return app
}

/** What an error means to outsiders (its status) and to the operator (the rest). What a stranger's error says is not kept. */
function describe(error: Error) {
  if (!isAppError(error)) return { status: 500, code: error.name }
  // The faults of the settings are named without a value.
  const faults = error.code === 'config.invalid' ? { faults: error.message } : {}
  return { status: toStatus(error.code), code: error.code, ...error.details, ...faults }
}

function codeOf(error: unknown): string {
  return isAppError(error) ? error.code : 'unknown'
}

function bare(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers })
}
