/**
 * Sends what is stored and unsent of a conversation, in order, up to a step that is not a message. A part keeps its msgid as long as it
 * may have been accepted, so the platform itself refuses the second copy.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { Part } from '../store/reply-part.ts'
import type { ReplyStore } from '../store/reply-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'
import { type LoadMedia, resolveMedia } from './resolve-media.ts'
import { MAX_ATTEMPTS, outageDelayMs, retryDelayMs } from './retry-delay.ts'
import type { StageTiming } from './stage-timing.ts'

export interface SendDeps {
  replies: Pick<ReplyStore, 'nextUnsent' | 'markSending' | 'markSent' | 'markRefused' | 'postponePart' | 'renameMsgid'>
  conversations: Pick<ConversationStore, 'giveToPerson'>
  wecom: Pick<WecomClient, 'sendMessage' | 'getServiceState'>
  loadMedia: LoadMedia
  timing: Pick<StageTiming, 'retry' | 'unreachable' | 'rateWindowMs'>
  now: () => number
  log: Logger
  /** After each part that the platform took. */
  onSent?: (part: Part) => void
}

export type SendResult =
  | { kind: 'settled' }
  /** The next part is not due before `at` (unix ms). */
  | { kind: 'waiting'; at: number }
  /** The next thing to do is no message. */
  | { kind: 'step'; part: Part }

/** The platform takes no answer that is older. */
const WINDOW_MS = 48 * 3_600_000
const OVER_QUOTA = 95001
const WITH_PERSON = new Set([2, 3])
const ENDED = 4

export function createPartSender(deps: SendDeps) {
  const { replies, conversations, wecom, timing, log } = deps

  /** One attempt. Resolves to when the part is due again, or to undefined when it is settled. */
  const sendOne = async (
    claim: ConversationClaim,
    part: Part,
    content: ReplyContent,
    signal: AbortSignal,
  ): Promise<number | undefined> => {
    const { msgid } = part
    const fields = { msgid, conv: claim.conv, attempt: part.attempts + 1 }
    const { openKfId, externalUserId } = claim
    let sentAs = msgid
    try {
      const resolved = await resolveMedia(content, deps.loadMedia, signal)
      sentAs = (await wecom.sendMessage({ openKfId, externalUserId, msgid, content: resolved }, signal)) || msgid
    } catch (error) {
      if (signal.aborted || isAppError(error, 'database.unavailable') || isAppError(error, 'store.lease-lost'))
        throw error
      const reason = toReason(error)
      const postpone = async (inDoubt: boolean, delayMs: number, countAttempt: boolean) => {
        await replies.postponePart(claim, part, { inDoubt, delayMs, reason, countAttempt })
        log.warn('send.retry', { ...fields, reason, afterMs: Math.round(delayMs) })
        return deps.now() + delayMs
      }
      const refuse = async (state: 'failed' | 'held', inDoubt = part.inDoubt) => {
        await replies.markRefused(claim, { ...part, inDoubt }, state, reason)
        log.error(`send.${state}`, { ...fields, reason })
        return undefined
      }
      const waitedMs = deps.now() - part.createdAt
      const isOld = waitedMs > WINDOW_MS

      const tryToTheLimit = (inDoubt = part.inDoubt) =>
        part.attempts + 1 >= MAX_ATTEMPTS
          ? refuse('failed', inDoubt)
          : postpone(inDoubt, retryDelayMs(part.attempts, timing.retry), true)

      if (isAppError(error, 'wecom.unreachable')) {
        // It may have been taken: the same msgid goes again, for as long as the platform's window is open.
        return isOld ? refuse('failed', true) : postpone(true, outageDelayMs(waitedMs, timing.unreachable), false)
      }
      if (isAppError(error, 'wecom.token')) {
        const waitMs = Number(error.details.retryAfterMs ?? timing.rateWindowMs)
        return isOld ? refuse('failed') : postpone(part.inDoubt, Math.min(waitMs, timing.unreachable.maxMs), false)
      }
      if (isAppError(error, 'media.missing')) return refuse('failed')
      if (!isAppError(error, 'wecom.refused')) {
        // Nobody has thought of it, so nobody knows whether it was sent. It must not stand in the way of all that follows.
        log.error('send.unexpected', { ...fields, error })
        return tryToTheLimit(true)
      }

      if (error.details.errcode === OVER_QUOTA) return refuse('held')
      switch (error.details.action) {
        case 'accepted-before': {
          if (part.inDoubt) {
            log.info('send.resend-refused', fields)
            break
          }
          // Seen by the platform, yet never in doubt: an earlier refusal has burnt the msgid. It goes once more under a new one.
          if (part.isRenamed) return refuse('failed')
          const renamed = await replies.renameMsgid(claim, part)
          return renamed && sendOne(claim, renamed, content, signal)
        }
        case 'read-state': {
          const state = await wecom.getServiceState(openKfId, externalUserId, signal).catch((failure: unknown) => {
            if (signal.aborted) throw failure
            return undefined
          })
          if (state !== undefined && WITH_PERSON.has(state)) {
            await conversations.giveToPerson(claim)
            log.info('send.with-person', { ...fields, state })
            return undefined
          }
          if (state === ENDED) return refuse('failed')
          return tryToTheLimit()
        }
        case 'wait':
          return isOld
            ? refuse('failed')
            : postpone(part.inDoubt, Number(error.details.retryAfterMs ?? timing.rateWindowMs), false)
        case 'alert':
          log.error('send.misconfigured', { ...fields, reason })
          return isOld ? refuse('failed') : postpone(part.inDoubt, timing.rateWindowMs, false)
        // The token's fault says nothing about the message.
        case 'refresh-token':
          return isOld ? refuse('failed') : postpone(part.inDoubt, outageDelayMs(waitedMs, timing.unreachable), false)
        case 'retry':
        case 'unknown':
          return tryToTheLimit()
        default:
          return refuse('failed')
      }
    }
    await replies.markSent(part, sentAs)
    deps.onSent?.(part)
    log.info('send.sent', fields)
    return undefined
  }

  /** `known`: all that is unsent, as it was stored a moment ago; without it the database is asked. */
  return async (claim: ConversationClaim, signal: AbortSignal, known?: readonly Part[]): Promise<SendResult> => {
    const left = known === undefined ? undefined : [...known]
    for (;;) {
      signal.throwIfAborted()
      const part = left === undefined ? await replies.nextUnsent(claim.conv) : left.shift()
      if (part === undefined) return { kind: 'settled' }
      if (part.due > deps.now()) return { kind: 'waiting', at: part.due }
      if (part.step.kind !== 'content') return { kind: 'step', part }
      const marked = part.isMarked ? 'marked' : await replies.markSending(claim, part)
      if (marked === 'held') log.warn('send.held', { msgid: part.msgid, conv: claim.conv, reason: 'quota' })
      if (marked !== 'marked') continue
      const at = await sendOne(claim, part, part.step.content, signal)
      if (at !== undefined) return { kind: 'waiting', at }
    }
  }
}

function toReason(error: unknown): string {
  if (!isAppError(error)) return 'unexpected'
  return error.details.errcode === undefined ? error.code : `${error.code} ${error.details.errcode}`
}
