/**
 * Answers one customer: sends what is unsent, then answers everything that came since the last answer, as one. The answer and its
 * parts are stored before the first is sent; from then on nothing of it changes.
 */
import { createHash } from 'node:crypto'
import { AppError, isAppError } from '../../shared/app-error.ts'
import type { Answerer, Question, Usage, Verdict } from '../answer/answerer.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { MessageStore } from '../store/message-store.ts'
import type { NewReply, Part, ReplyStore, SavedReply } from '../store/reply-store.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'
import type { Outcome } from './outcome.ts'
import { MAX_ATTEMPTS, outageDelayMs, retryDelayMs } from './retry-delay.ts'
import type { StageWork } from './run-stage.ts'
import type { SendResult } from './send-parts.ts'
import type { StageTiming } from './stage-timing.ts'
import { hasUnanswered, toTurns } from './to-turns.ts'
import type { Waker } from './waker.ts'

export interface ReplyDeps {
  conversations: ConversationStore
  messages: Pick<MessageStore, 'makeProvisional' | 'restartWait'>
  replies: Pick<ReplyStore, 'save'>
  sendParts: (claim: ConversationClaim, signal: AbortSignal, known?: readonly Part[]) => Promise<SendResult>
  answerer: Answerer
  /** Asked once, when the first one has failed to the end. */
  fallback?: Answerer
  getServiceState: WecomClient['getServiceState']
  /** The model's words as parts that fit WeChat, at most `maxParts`. */
  format: (text: string, maxParts: number) => string[]
  partText: (payload: string) => string
  waker: Waker
  newLease: () => string
  now: () => number
  log: Logger
}

export interface ReplyOptions {
  timing: Pick<StageTiming, 'leaseMs' | 'retry' | 'unreachable' | 'accountRetryMs' | 'giveUpAfterMs'>
  parseWaitMs: number
}

const MAX_PARTS = 3
/** Of the platform: waiting in the pool, and with a person. */
const PERSON_STATES: ReadonlySet<number> = new Set([2, 3])
/** Rows that are read for one answer, beside those that are to be answered. */
const MEMORY_ROWS = 60
/** What a customer wrote during an outage is answered to the first word; whoever floods us is answered to the last thousand. */
const MAX_UNANSWERED_ROWS = 1000
/** A model is asked at least so often before the customer is told that it failed. */
const MIN_ATTEMPTS = 2
/** Drafts that are thrown away because the customer wrote on; the next one stands. */
const MAX_DISCARDED = 2
/** So many waits for slow messages at most, when again and again nobody has begun to read them. */
const MAX_PARSE_WAITS = 10

const TEXT_STILL_READING = '[客户发来的内容仍在读取中，尚不知道内容]'
const TEXT_NO_ANSWER = '这个问题我暂时没有可靠的答案，已经为您记录，稍后由人工客服答复您。'
const TEXT_GAVE_UP = '抱歉，系统暂时繁忙，没能回答您的问题。您的消息已经记录，请稍后再试，或等待人工客服联系您。'
const TEXT_SENSITIVE = '抱歉，这个问题我无法回答。如有需要，请联系人工客服。'

interface Draft {
  text: string
  usage: Usage
  verdict: Verdict
}

const NO_USAGE: Usage = { model: '', inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }

export function createReplyStage(deps: ReplyDeps, { timing, parseWaitMs }: ReplyOptions): StageWork<ConversationClaim> {
  const { conversations, replies, sendParts, answerer, waker, log } = deps

  const isDue = (claim: ConversationClaim): boolean => claim.dirty > claim.answered && claim.due <= deps.now()

  /** What is stored of the answer; undefined when there is none to give or it was thrown away: then the conversation is looked at again. */
  const answer = async (claim: ConversationClaim, signal: AbortSignal): Promise<Outcome | SavedReply | undefined> => {
    const unanswered = Math.min(claim.parsed - claim.answered, MAX_UNANSWERED_ROWS)
    const memory = await conversations.remember(claim.conv, claim.parsed, MEMORY_ROWS + unanswered, claim.answered)
    if (!hasUnanswered(memory.messages, claim.answered)) {
      await conversations.advanceUnanswered(claim, claim.parsed)
      return undefined
    }
    const question = { conversationKey: toKey(claim.conv), turns: toTurns(memory, deps.partText) }
    let reply: NewReply
    try {
      reply = await ask(answerer, question, claim, signal)
    } catch (error) {
      if (signal.aborted) throw error
      const outcome = toRetry(error, claim)
      if (outcome !== undefined) return outcome
      log.error('reply.answerer-failed', { conv: claim.conv, answerer: answerer.name, error })
      const other = await askFallback(question, claim, signal)
      if (other === undefined) return { kind: 'park', reason: isAppError(error) ? error.code : 'unexpected' }
      reply = other
    }
    const saved = await replies.save(claim, reply, claim.discarded >= MAX_DISCARDED)
    if (saved === undefined) {
      await conversations.countDiscarded(claim)
      log.info('reply.draft-discarded', { conv: claim.conv })
      return undefined
    }
    log.info('reply.stored', {
      conv: claim.conv,
      parts: reply.contents.length,
      ms: reply.latencyMs,
      model: reply.usage.model,
    })
    return saved
  }

  /**
   * A person has the conversation as far as we were told. They may be gone without a word (a session ends by itself after 48 h), so the
   * platform is asked. Undefined while it does not answer.
   */
  const isWithPerson = async (claim: ConversationClaim, signal: AbortSignal): Promise<boolean | undefined> => {
    try {
      return PERSON_STATES.has(await deps.getServiceState(claim.openKfId, claim.externalUserId, signal))
    } catch (error) {
      if (signal.aborted || !isAppError(error)) throw error
      if (error.code === 'wecom.unreachable' || error.code === 'wecom.token') return undefined
      // This mode has no session states to ask for, or will not tell this one: the event that told of the person stands.
      if (error.code === 'wecom.refused') return error.retryable ? undefined : true
      throw error
    }
  }

  /** To be asked again later; not the conversation's fault. */
  const askLater = (claim: ConversationClaim): Outcome => ({
    kind: 'retry',
    reason: 'wecom.service-state',
    afterMs: outageDelayMs(deps.now() - claim.firstDue, timing.unreachable),
    isFree: true,
  })

  const ask = async (
    whom: Answerer,
    question: Question,
    claim: ConversationClaim,
    signal: AbortSignal,
  ): Promise<NewReply> => {
    const startedAt = performance.now()
    const draft = await collect(whom.answer(question, signal))
    return toReply(claim, draft, whom.name, Math.round(performance.now() - startedAt))
  }

  const askFallback = async (
    question: Question,
    claim: ConversationClaim,
    signal: AbortSignal,
  ): Promise<NewReply | undefined> => {
    if (deps.fallback === undefined) return undefined
    try {
      return await ask(deps.fallback, question, claim, signal)
    } catch (error) {
      if (signal.aborted) throw error
      log.error('reply.answerer-failed', { conv: claim.conv, answerer: deps.fallback.name, error })
      return undefined
    }
  }

  const toReply = (claim: ConversationClaim, draft: Draft, answererName: string, latencyMs: number): NewReply => {
    const isAnswer = draft.verdict === 'answered'
    const texts = deps.format(isAnswer ? draft.text : TEXT_NO_ANSWER, Math.max(1, Math.min(MAX_PARTS, claim.quotaLeft)))
    // Nothing but marks that WeChat can't show: as good as blank.
    if (texts.length === 0) throw new AppError('answer.unavailable', 'the answer has no text', { retryable: true })
    return {
      ...toRange(claim),
      answerer: answererName,
      usage: draft.usage,
      latencyMs,
      costMicros: 0,
      sources: [],
      contents: texts.map((text) => ({ type: 'text', text })),
      ...(isAnswer ? {} : { parked: { stage: 'needs_person', reason: draft.verdict, body: draft.text } }),
    }
  }

  /** An honest sentence for the customer, and a trace for people. */
  const toApology = (claim: ConversationClaim, reason: string): NewReply => ({
    ...toRange(claim),
    answerer: '',
    usage: NO_USAGE,
    latencyMs: 0,
    costMicros: 0,
    sources: [],
    contents: [{ type: 'text', text: reason === 'answer.sensitive' ? TEXT_SENSITIVE : TEXT_GAVE_UP }],
    parked: { stage: 'reply', reason, body: '' },
  })

  const toRetry = (error: unknown, claim: ConversationClaim): Outcome | undefined => {
    if (!isAppError(error)) throw error
    const waitedMs = deps.now() - claim.firstDue
    const isAccount = error.code === 'answer.account'
    if (isAccount) log.error('answer.account', { error })
    // A customer who waited while the bridge was down is not sent away at the first hitch.
    const left = Math.max(
      timing.giveUpAfterMs - waitedMs,
      claim.attempts < MIN_ATTEMPTS ? timing.unreachable.baseMs : 0,
    )
    const isLast = !isAccount && claim.attempts + 1 >= MAX_ATTEMPTS
    if (!(error.retryable || isAccount) || isLast || left === 0) return undefined
    const wanted = Number(error.details.retryAfterMs ?? 0)
    const afterMs = isAccount
      ? timing.accountRetryMs
      : Math.max(wanted, retryDelayMs(claim.attempts, timing.unreachable))
    // The last try is at the deadline, not beyond it.
    return { kind: 'retry', reason: error.code, afterMs: Math.min(afterMs, left), isFree: isAccount }
  }

  /** After an outage everything is overdue, though reading it takes no time: only what somebody has begun to read is slow. */
  const waitsAgain = async (conv: string): Promise<boolean> => {
    const unread = await deps.messages.restartWait(conv, deps.now() - MAX_PARSE_WAITS * parseWaitMs)
    for (const key of unread) waker.wake({ stage: 'parse', key })
    if (unread.length > 0) waker.wake({ stage: 'reply', key: conv }, deps.now() + parseWaitMs)
    return unread.length > 0
  }

  return {
    stage: 'reply',
    claim: (key) => conversations.claim(key, deps.newLease(), timing.leaseMs),
    renew: (claim) => conversations.renew(claim, timing.leaseMs),

    async work(claim, signal) {
      let [current, known, isFresh]: [ConversationClaim, readonly Part[] | undefined, boolean] = [
        claim,
        undefined,
        true,
      ]
      // Nothing is unsent of a conversation that says so in its claim, and of one whose answer was just stored it is known what.
      if (!claim.hasUnsent) known = []
      for (;;) {
        if (known === undefined || known.length > 0) {
          const sent = await sendParts(current, signal, known)
          if (sent.kind === 'waiting') {
            waker.wake({ stage: 'reply', key: claim.conv }, sent.at)
            return { kind: 'done' }
          }
          isFresh = known !== undefined
        }
        if (!isFresh) current = (await conversations.reload(claim)) ?? stopLost()
        if (!isDue(current)) return { kind: 'done' }
        if (current.parsed < current.dirty) {
          if (deps.now() < current.firstDue + parseWaitMs || (await waitsAgain(claim.conv))) return { kind: 'done' }
          await deps.messages.makeProvisional(claim.conv, { text: TEXT_STILL_READING, title: TEXT_STILL_READING })
          current = (await conversations.reload(claim)) ?? stopLost()
        }
        isFresh = false
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
        const answered = await answer(current, signal)
        if (answered === undefined) continue
        if ('kind' in answered) return answered
        ;[current, known, isFresh] = [answered.claim, answered.parts, true]
      }
    },

    async release(claim) {
      const left = await conversations.release(claim)
      if (left !== undefined) waker.wake({ stage: 'reply', key: claim.conv }, left.due)
    },
    async postpone(claim, delayMs, reason, countAttempt) {
      await conversations.postpone(claim, delayMs, reason, countAttempt)
      waker.wake({ stage: 'reply', key: claim.conv }, deps.now() + delayMs)
    },
    async park(claim, reason) {
      const current = (await conversations.reload(claim)) ?? stopLost()
      if (current.desk === 'person') await conversations.advanceUnanswered(current, current.parsed)
      const saved =
        current.parsed > current.answered ? await replies.save(current, toApology(current, reason), true) : undefined
      // Nothing is there to be given up: it is what follows that fails, and it would fail again at once.
      if (saved === undefined) return conversations.postpone(claim, timing.retry.maxMs, reason, false)
      await conversations.release(claim)
      waker.wake({ stage: 'reply', key: claim.conv })
    },
    describe: (claim) => ({ conv: claim.conv }),
  }
}

function toRange(claim: ConversationClaim): { fromSeq: number; uptoSeq: number } {
  return { fromSeq: claim.answered + 1, uptoSeq: claim.parsed }
}

async function collect(events: ReturnType<Answerer['answer']>): Promise<Draft> {
  const draft: Draft = { text: '', usage: NO_USAGE, verdict: 'answered' }
  for await (const event of events) {
    if (event.kind === 'text') draft.text += event.text
    else if (event.kind === 'usage') draft.usage = event.usage
    else if (event.kind === 'verdict') draft.verdict = event.verdict
  }
  return draft
}

/** Stable and opaque: the vendor learns nothing of the customer from it. */
function toKey(conv: string): string {
  return createHash('sha256').update(conv).digest('hex').slice(0, 32)
}

function stopLost(): never {
  throw new AppError('store.lease-lost', 'the lease on this conversation is lost', { retryable: true })
}
