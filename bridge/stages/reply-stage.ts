/**
 * Serves one customer: does what is stored and undone (sends parts, ends an answer that was begun, hands over to a person), then answers
 * everything that came since the last answer, as one. What is stored is sent as it is; nothing of it changes any more.
 */
import { AppError, isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { MessageStore } from '../store/message-store.ts'
import type { Part } from '../store/reply-part.ts'
import type { ReplyStore } from '../store/reply-store.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'
import { type AnswerDeps, createAnswerRange } from './answer-range.ts'
import { createContinueAnswer } from './continue-answer.ts'
import { createFrameQuestion, type FrameDeps } from './frame-question.ts'
import { createGiveUp } from './give-up.ts'
import { createIsWithPerson } from './is-with-person.ts'
import type { Outcome } from './outcome.ts'
import { createPrepareAnswer } from './prepare-answer.ts'
import { outageDelayMs, retryDelayMs } from './retry-delay.ts'
import type { StageWork } from './run-stage.ts'
import type { StageTiming } from './stage-timing.ts'
import type { Summarise } from './summarise.ts'
import type { Waker } from './waker.ts'

export interface ReplyDeps
  extends Omit<AnswerDeps, 'prepare' | 'conversations' | 'replies' | 'toRetry'>,
    Omit<FrameDeps, 'desk'> {
  conversations: ConversationStore
  messages: Pick<MessageStore, 'makeProvisional' | 'restartWait'>
  replies: Pick<ReplyStore, 'save' | 'append' | 'findOpen' | 'finishHandOver' | 'postponeStep'>
  settingsOf: Parameters<typeof createPrepareAnswer>[0]['settingsOf']
  partText: (payload: string) => string
  getServiceState: WecomClient['getServiceState']
  summarise: Summarise
  waker: Waker
  newLease: () => string
  now: () => number
  log: Logger
}

export interface ReplyOptions {
  timing: Pick<StageTiming, 'leaseMs' | 'retry' | 'unreachable' | 'accountRetryMs' | 'giveUpAfterMs' | 'streamAfterMs'>
  parseWaitMs: number
}

/** A model is asked at least so often before the customer is told that it failed. */
const MIN_ATTEMPTS = 2
/** So many waits for slow messages at most, when again and again nobody has begun to read them. */
const MAX_PARSE_WAITS = 10
/** For what a range is given up with when the desk has to be asked. */
const GIVE_UP_MS = 20_000

const TEXT_STILL_READING = '[客户发来的内容仍在读取中，尚不知道内容]'

export function createReplyStage(deps: ReplyDeps, { timing, parseWaitMs }: ReplyOptions): StageWork<ConversationClaim> {
  const { conversations, replies, sendParts, desk, waker, log } = deps

  const isDue = (claim: ConversationClaim): boolean => claim.dirty > claim.answered && claim.due <= deps.now()

  /** When a model that failed is asked again; undefined when its time is over. How often it was asked decides nothing. */
  const toRetry: AnswerDeps['toRetry'] = (error, claim) => {
    if (!isAppError(error)) throw error
    const waitedMs = deps.now() - claim.firstDue
    const isAccount = error.code === 'answer.account'
    // A customer who waited while the bridge was down is not sent away at the first hitch.
    const left = Math.max(
      timing.giveUpAfterMs - waitedMs,
      claim.attempts < MIN_ATTEMPTS ? timing.unreachable.baseMs : 0,
    )
    if (!(error.retryable || isAccount) || left === 0) return undefined
    const wanted = Number(error.details.retryAfterMs ?? 0)
    const afterMs = isAccount
      ? timing.accountRetryMs
      : Math.max(wanted, retryDelayMs(claim.attempts, timing.unreachable))
    // The last try is at the deadline, not beyond it.
    return { kind: 'retry', reason: error.code, afterMs: Math.min(afterMs, left), isFree: isAccount, isTimed: true }
  }

  const prepare = createPrepareAnswer(deps)
  const continueAfterMs = ({ attempts, createdAt }: Part) =>
    deps.now() - createdAt < timing.giveUpAfterMs ? retryDelayMs(attempts, timing.unreachable) : undefined
  const frame = createFrameQuestion(deps)
  const answer = createAnswerRange({ ...deps, prepare, toRetry }, frame, timing)
  const continueAnswer = createContinueAnswer({ ...deps, prepare, continueAfterMs }, frame)
  const giveUp = createGiveUp({ ...deps, prepare })
  const { getServiceState, now } = deps
  const isWithPerson = createIsWithPerson({ getServiceState, now, endEventMs: 10 * timing.unreachable.baseMs })
  /** Conversations that are worth a summary, from their answer until they are let go. */
  const long = new Set<string>()

  /** To be asked again later; not the conversation's fault. */
  const askLater = (claim: ConversationClaim): Outcome => ({
    kind: 'retry',
    reason: 'wecom.service-state',
    afterMs: outageDelayMs(deps.now() - claim.firstDue, timing.unreachable),
    isFree: true,
  })

  /** After an outage everything is overdue, though reading it takes no time: only what somebody has begun to read is slow. */
  const waitsAgain = async (conv: string): Promise<boolean> => {
    const unread = await deps.messages.restartWait(conv, deps.now() - MAX_PARSE_WAITS * parseWaitMs)
    for (const key of unread) waker.wake({ stage: 'parse', key })
    if (unread.length > 0) waker.wake({ stage: 'reply', key: conv }, deps.now() + parseWaitMs)
    return unread.length > 0
  }

  const handOver = async (claim: ConversationClaim, step: Part, cause: string, signal: AbortSignal): Promise<void> => {
    const later = (afterMs: number, reason: string) => ({ kind: 'later', afterMs, reason }) as const
    const result = await desk.handOver(claim, cause, signal).catch((error: unknown) => {
      if (signal.aborted) throw error
      log.error('reply.hand-over-failed', { conv: claim.conv, cause, error })
      return later(retryDelayMs(step.attempts, timing.unreachable), isAppError(error) ? error.code : 'unexpected')
    })
    if (result.kind === 'later') {
      // Nobody may be kept from being answered for ever because of it.
      if (deps.now() - step.createdAt < timing.giveUpAfterMs) {
        return replies.postponeStep(claim, step, result.afterMs, result.reason)
      }
      await replies.finishHandOver(claim, step, { isHandedOver: false, contents: [], parked: cause })
    } else if (result.kind === 'handed-over') await replies.finishHandOver(claim, step, { isHandedOver: true })
    else await replies.finishHandOver(claim, step, { isHandedOver: false, contents: result.contents ?? [] })
    const known =
      result.kind === 'stays' ? { why: result.why } : result.kind === 'handed-over' ? { state: result.state } : {}
    log.info('reply.hand-over', { conv: claim.conv, cause, result: result.kind, ...known })
  }

  const reload = async (claim: ConversationClaim): Promise<ConversationClaim> =>
    (await conversations.reload(claim)) ?? stopLost()

  return {
    stage: 'reply',
    claim: (key) => conversations.claim(key, deps.newLease(), timing.leaseMs),
    renew: (claim) => conversations.renew(claim, timing.leaseMs),

    async work(claim, signal) {
      let current = claim
      // What is known to be unsent; undefined when only the database knows. Nothing is, of a conversation whose claim says so.
      let known: readonly Part[] | undefined = claim.hasUnsent ? undefined : []
      for (;;) {
        if (known === undefined || known.length > 0) {
          const sent = await sendParts(current, signal, known)
          if (sent.kind === 'waiting') {
            waker.wake({ stage: 'reply', key: claim.conv }, sent.at)
            return { kind: 'done' }
          }
          if (sent.kind === 'step') {
            const { part } = sent
            current = await reload(claim)
            known = undefined
            if (part.step.kind === 'hand-over') await handOver(current, part, part.step.cause, signal)
            else if (part.step.kind === 'open') {
              const saved = await continueAnswer(current, part, signal)
              if (saved !== undefined) [current, known] = [saved.claim, saved.parts]
            }
            continue
          }
          if (known === undefined) current = await reload(claim)
        }
        if (!isDue(current)) return { kind: 'done' }
        if (current.parsed < current.dirty) {
          if (deps.now() < current.firstDue + parseWaitMs || (await waitsAgain(claim.conv))) return { kind: 'done' }
          await deps.messages.makeProvisional(claim.conv, { text: TEXT_STILL_READING, title: TEXT_STILL_READING })
          current = await reload(claim)
        }
        known = undefined
        if (current.desk === 'person') {
          const withPerson = await isWithPerson(current, signal)
          if (withPerson === undefined) return askLater(current)
          if (withPerson) {
            // What came is theirs to answer.
            await conversations.advanceUnanswered(current, current.parsed)
            continue
          }
          current = (await conversations.takeBack(current)) ?? stopLost()
          log.info('reply.taken-back', { conv: claim.conv })
        }
        const result = await answer(current, signal, ({ isLong }) => {
          if (isLong) long.add(claim.conv)
        })
        if (result.kind === 'retry' || result.kind === 'park') return result
        if (result.kind === 'stored') [current, known] = [result.saved.claim, result.saved.parts]
      }
    },

    async release(claim, outcome) {
      const left = await conversations.release(claim)
      if (left !== undefined) waker.wake({ stage: 'reply', key: claim.conv }, left.due)
      // Outside of the customer's wait, and only when they are not waiting again.
      if (long.delete(claim.conv) && outcome === 'done' && left === undefined) deps.summarise(claim)
    },
    async postpone(claim, delayMs, reason, countAttempt) {
      await conversations.postpone(claim, delayMs, reason, countAttempt)
      waker.wake({ stage: 'reply', key: claim.conv }, deps.now() + delayMs)
    },
    async park(claim, reason) {
      const current = await reload(claim)
      if (current.desk === 'person') await conversations.advanceUnanswered(current, current.parsed)
      const stands = await giveUp(current, reason, AbortSignal.timeout(GIVE_UP_MS))
      // Nothing is there to be given up: it is what follows that fails, and it would fail again at once.
      if (stands === undefined) return conversations.postpone(claim, timing.retry.maxMs, reason, false)
      await conversations.release(claim)
      waker.wake({ stage: 'reply', key: claim.conv })
    },
    describe: (claim) => ({ conv: claim.conv }),
  }
}

function stopLost(): never {
  throw new AppError('store.lease-lost', 'the lease on this conversation is lost', { retryable: true })
}
