/**
 * The answer to everything that came since the last one: the service desk is asked, then the knowledge and a model, and what comes of it is
 * stored. Who is asked, how often and for how long is decided here.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { ChooseAnswerers } from '../answer/choose-answerer.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { ReplyStore, SavedReply } from '../store/reply-store.ts'
import { toBareReply } from './bare-reply.ts'
import type { FrameQuestion } from './frame-question.ts'
import { isOurs } from './is-ours.ts'
import type { Outcome } from './outcome.ts'
import type { PrepareAnswer, Prepared } from './prepare-answer.ts'
import type { Consideration, ServiceDesk } from './service-desk.ts'
import { withQuestion } from './with-question.ts'
import { type Begun, createWriteAnswer, isLastDraft, type WriteDeps, type WriteOptions } from './write-answer.ts'

export interface AnswerDeps extends WriteDeps {
  prepare: PrepareAnswer
  conversations: Pick<ConversationStore, 'advanceUnanswered' | 'countDiscarded'>
  replies: Pick<ReplyStore, 'save' | 'append'>
  choose: ChooseAnswerers
  desk: ServiceDesk
  /** When the model is asked again after this failure; undefined when its time is over. Throws what is nobody's fault but ours. */
  toRetry: (error: unknown, claim: ConversationClaim) => Retry | undefined
  log: Logger
}

export type RangeResult =
  /** Stored, and to be sent. */
  | { kind: 'stored'; saved: SavedReply }
  /** There is nothing to send, or what was begun is to be found in the database. */
  | { kind: 'look-again' }
  | Exclude<Outcome, { kind: 'done' }>

type Retry = Extract<Outcome, { kind: 'retry' }>

export function createAnswerRange(deps: AnswerDeps, frame: FrameQuestion, options: WriteOptions) {
  const { prepare, conversations, replies, desk, log } = deps
  const write = createWriteAnswer(deps, frame, options)

  const discard = async (claim: ConversationClaim): Promise<RangeResult> => {
    await conversations.countDiscarded(claim)
    log.info('reply.draft-discarded', { conv: claim.conv })
    return { kind: 'look-again' }
  }

  /** The first of the chain is asked twice before the others are; then all of them, again and again until the time is over. */
  const ask = async (
    given: Prepared,
    { whole: isWhole = false, question, answerer: only }: Consideration & { kind: 'ask' },
    signal: AbortSignal,
  ): Promise<RangeResult> => {
    const prepared = withQuestion(given, question)
    const { claim, settings } = prepared
    const [first, ...all] = deps.choose(only === undefined ? settings.answer.answerers : [only])
    const others = only === undefined ? all : []
    let failure: unknown
    for (const answerer of [first, ...others]) {
      const begun: Begun = {}
      try {
        const written = await write(answerer, prepared, isWhole, begun, signal)
        return written.kind === 'discarded' ? discard(claim) : written
      } catch (error) {
        if (signal.aborted || isOurs(error)) throw error
        const fields = { conv: claim.conv, answerer: answerer.name }
        if (begun.saved !== undefined) {
          log.warn('reply.interrupted', { ...fields, error })
          return { kind: 'look-again' }
        }
        failure ??= error
        // The words are at fault: they are not carried from one vendor to the next.
        if (isAppError(error, 'answer.sensitive')) {
          failure = error
          break
        }
        const waits = others.length > 0 && claim.attempts === 0 && !isAppError(error, 'answer.account')
        const outcome = answerer === first && waits ? deps.toRetry(error, claim) : undefined
        if (outcome !== undefined) return outcome
        if (others.length > 0) log.error('reply.answerer-failed', { ...fields, error })
      }
    }
    const reason = isAppError(failure) ? failure.code : 'unexpected'
    return deps.toRetry(failure, claim) ?? { kind: 'park', reason }
  }

  /** Call it with everything before the range sent, and the range due. */
  return async (
    claim: ConversationClaim,
    signal: AbortSignal,
    onPrepared?: (prepared: Prepared) => void,
  ): Promise<RangeResult> => {
    const prepared = await prepare(claim)
    if (prepared === undefined) {
      await conversations.advanceUnanswered(claim, claim.parsed)
      return { kind: 'look-again' }
    }
    onPrepared?.(prepared)
    const considered = await desk.consider(prepared, signal)
    if (considered.kind === 'ask') return ask(prepared, considered, signal)
    // A hand-over has a line of its own when it is done.
    log[considered.kind === 'hand-over' ? 'debug' : 'info']('reply.considered', {
      conv: claim.conv,
      decision: considered.kind,
      cause: considered.cause,
    })
    if (considered.kind === 'quiet') {
      await conversations.advanceUnanswered(claim, claim.parsed)
      return { kind: 'look-again' }
    }
    const contents = (considered.contents ?? []).slice(0, Math.max(1, claim.quotaLeft))
    const handOver = considered.kind === 'hand-over' ? { handOver: considered.cause } : {}
    const saved = await replies.save(claim, { ...toBareReply(claim), ...handOver, contents }, isLastDraft(claim))
    return saved === undefined ? discard(claim) : { kind: 'stored', saved }
  }
}
