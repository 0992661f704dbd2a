/**
 * One callback: verify, decrypt, keep, and only then `success`. The platform waits 5 s and tries three times in all, so
 * what cannot be stored must not be answered with 200, and what is of no use must be.
 * Source: developer.work.weixin.qq.com/document/path/90238
 */
import type { KeptEvent } from '../../shared/frames.ts'
import type { Nudge } from '../../shared/nudge.ts'
import type { EdgeSettings } from '../env.ts'
import type { Logger } from '../logger.ts'
import { openCallback } from './open-callback.ts'
import { parseCallbackEvent } from './parse-callback-event.ts'
import { parseEnvelope } from './parse-envelope.ts'
import { parseQuery } from './parse-query.ts'
import { readBody } from './read-body.ts'

/** A real callback has 1 or 2 KB; an authorisation change grows with its list of accounts. */
export const MAX_BODY_BYTES = 256 * 1024

export interface ReceiveDeps {
  settings: EdgeSettings
  /** Both return once it is stored, and throw `mailbox.unavailable` when it may not be. */
  mailbox: {
    keepNudge(nudge: Nudge): Promise<void>
    /** `key` is the same for every delivery of the same event. */
    keepEvent(key: string, event: KeptEvent): Promise<void>
  }
  log: Logger
  nowMs: number
}

export async function receiveCallback(request: Request, { settings, mailbox, log, nowMs }: ReceiveDeps) {
  const query = parseQuery(request.url)
  const ciphertext = parseEnvelope(await readBody(request, MAX_BODY_BYTES))
  const message = await openCallback(settings, query, ciphertext)
  const callback = parseCallbackEvent(message, nowMs)
  switch (callback.kind) {
    case 'nudge':
      await mailbox.keepNudge(callback.nudge)
      break
    case 'event':
      await mailbox.keepEvent(await toKey(message), callback.event)
      log.info('callback.event-kept', { event: callback.event.name })
      break
    case 'ignored':
      log.info('callback.ignored', { event: callback.name })
      break
  }
  return new Response('success', { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}

// Ciphertext and signature differ from one delivery to the next, as both hold random bytes; the content does not.
async function toKey(message: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(message))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
