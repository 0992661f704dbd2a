/**
 * Sends one notice to a customer: a welcome, a word on a hand-over, a survey. It waits for nobody: each is under its own lease, several at once, and
 * what a code allows for 20 seconds is either sent by then or recorded as too late.
 *
 * The msgid and, from the first attempt on, the words never change: after a crash the platform refuses the copy of what it took.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { NoticeClaim, NoticeStore } from '../store/notice-store.ts'
import type { OutgoingContent } from '../wecom/outgoing-content.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'
import { MAX_ATTEMPTS, outageDelayMs, retryDelayMs } from './retry-delay.ts'
import type { StageWork } from './run-stage.ts'
import type { RetryTiming } from './stage-timing.ts'
import type { Waker } from './waker.ts'

export interface NoticeDeps {
  notices: NoticeStore
  wecom: Pick<WecomClient, 'sendOnEvent' | 'sendMessage'>
  /** Puts in what is known of the customer only now; takes a second at most and never rejects. */
  fill: (payload: string, claim: NoticeClaim, signal: AbortSignal) => Promise<string>
  waker: Pick<Waker, 'wake'>
  newLease: () => string
  now: () => number
  log: Logger
  /** After each that the platform took. */
  onSent?: (claim: NoticeClaim) => void
}

/** All in milliseconds. */
export interface NoticeTiming {
  leaseMs: number
  retry: RetryTiming
  rateWindowMs: number
}

export function createNoticeStage(deps: NoticeDeps, timing: NoticeTiming): StageWork<NoticeClaim> {
  const { notices, wecom, waker, log } = deps

  const send = async (claim: NoticeClaim, payload: string, signal: AbortSignal): Promise<void> => {
    const { code, msgid, openKfId, externalUserId } = claim
    // The rows are written by insert-notice.ts alone, and hold no files.
    const content = JSON.parse(payload) as OutgoingContent
    if (claim.channel === 'notice') {
      await wecom.sendMessage({ openKfId, externalUserId, msgid, content }, signal)
    } else if (content.type === 'text' || content.type === 'menu') {
      await wecom.sendOnEvent({ code, msgid, content }, signal)
    }
  }

  /** When to try again and whether it may have been taken; undefined when it is over. */
  const afterFailure = (error: unknown, claim: NoticeClaim): { delayMs: number; inDoubt: boolean } | undefined => {
    const waitedMs = deps.now() - claim.createdAt
    if (isAppError(error, 'wecom.unreachable')) {
      return { delayMs: outageDelayMs(waitedMs, timing.retry), inDoubt: true }
    }
    if (isAppError(error, 'wecom.token')) {
      return { delayMs: outageDelayMs(waitedMs, timing.retry), inDoubt: claim.inDoubt }
    }
    if (!isAppError(error, 'wecom.refused')) {
      const isLast = claim.attempts + 1 >= MAX_ATTEMPTS
      return isLast ? undefined : { delayMs: retryDelayMs(claim.attempts, timing.retry), inDoubt: true }
    }
    const { action, retryAfterMs } = error.details
    if (action === 'wait') return { delayMs: Number(retryAfterMs ?? timing.rateWindowMs), inDoubt: claim.inDoubt }
    const isWorthwhile = error.retryable && claim.attempts + 1 < MAX_ATTEMPTS
    return isWorthwhile ? { delayMs: retryDelayMs(claim.attempts, timing.retry), inDoubt: claim.inDoubt } : undefined
  }

  const fail = async (claim: NoticeClaim, reason: string): Promise<void> => {
    await notices.markFailed(claim, reason)
    log.warn('notice.failed', { msgid: claim.msgid, conv: claim.conv, reason })
  }

  return {
    stage: 'notice',
    claim: (key) => notices.claim(key, deps.newLease(), timing.leaseMs),
    renew: (claim) => notices.renew(claim, timing.leaseMs),

    async work(claim, signal) {
      const isLate = () => claim.expiresAt <= deps.now()
      // Nobody can undo what is in doubt; whether it arrived is not known, and it may not be sent again.
      if (isLate()) {
        await fail(claim, 'expired')
        return { kind: 'done' }
      }
      const payload = claim.state === 'ready' ? await deps.fill(claim.payload, claim, signal) : claim.payload
      if (isLate()) {
        await fail(claim, 'expired')
        return { kind: 'done' }
      }
      if (!(await notices.markSending(claim, payload))) {
        await fail(claim, 'quota')
        return { kind: 'done' }
      }
      const marked: NoticeClaim = { ...claim, state: 'sending' }
      try {
        await send(marked, payload, signal)
      } catch (error) {
        if (signal.aborted || isAppError(error, 'database.unavailable')) throw error
        const isCopy = claim.inDoubt && isAppError(error, 'wecom.refused') && error.details.action === 'accepted-before'
        if (!isCopy) {
          const again = afterFailure(error, claim)
          const reason = toReason(error)
          if (again === undefined || deps.now() + again.delayMs >= claim.expiresAt) await fail(marked, reason)
          else {
            await notices.postpone(marked, again.delayMs, reason, again.inDoubt)
            waker.wake({ stage: 'notice', key: claim.msgid }, deps.now() + again.delayMs)
            log.warn('notice.retry', { msgid: claim.msgid, reason, afterMs: Math.round(again.delayMs) })
          }
          return { kind: 'done' }
        }
      }
      await notices.markSent(marked)
      const afterMs = deps.now() - claim.createdAt
      deps.onSent?.(claim)
      log.info('notice.sent', { msgid: claim.msgid, conv: claim.conv, afterMs })
      return { kind: 'done' }
    },

    async release(claim, outcome) {
      // What is done has let go of its lease already.
      if (outcome === 'stopped') await notices.release(claim)
    },
    async postpone(claim, delayMs, reason) {
      await notices.postpone(claim, delayMs, reason, true)
      waker.wake({ stage: 'notice', key: claim.msgid }, deps.now() + delayMs)
    },
    describe: (claim) => ({ msgid: claim.msgid, conv: claim.conv }),
  }
}

function toReason(error: unknown): string {
  if (!isAppError(error)) return 'unexpected'
  return error.details.errcode === undefined ? error.code : `${error.code} ${error.details.errcode}`
}
