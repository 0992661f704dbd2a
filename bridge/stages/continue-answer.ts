/**
 * An answer that was begun, here or by a process that died, is written to its end. What is stored of it has been sent and stands; whoever
 * can is asked to write on after it, to the same question, and the service desk concludes it as any other. When nobody does, it ends as it
 * is, and a person is told.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { ChooseAnswerers } from '../answer/choose-answerer.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { Part } from '../store/reply-part.ts'
import type { OpenReply, ReplyStore, SavedReply } from '../store/reply-store.ts'
import { askModel } from './ask-model.ts'
import { NOBODY_ASKED } from './bare-reply.ts'
import { contentText } from './content-text.ts'
import type { FrameQuestion } from './frame-question.ts'
import { isOurs } from './is-ours.ts'
import type { PrepareAnswer } from './prepare-answer.ts'
import type { ServiceDesk } from './service-desk.ts'
import { withQuestion } from './with-question.ts'

export interface ContinueDeps {
  prepare: PrepareAnswer
  replies: Pick<ReplyStore, 'append' | 'findOpen' | 'postponeStep'>
  choose: ChooseAnswerers
  desk: Pick<ServiceDesk, 'restate' | 'conclude'>
  /** Until somebody is asked again, in ms; undefined when the step is too old for that. */
  continueAfterMs: (step: Part) => number | undefined
  log: Logger
}

/** Resolves to what is to be sent; undefined when the database has to be looked at again. */
export function createContinueAnswer({ prepare, replies, log, ...deps }: ContinueDeps, frame: FrameQuestion) {
  const writeRest = async (claim: ConversationClaim, open: OpenReply, signal: AbortSignal) => {
    const given = await prepare(claim, { answered: open.fromSeq - 1, upto: open.uptoSeq })
    if (given === undefined || claim.quotaLeft < 1) return undefined
    const prepared = withQuestion(given, deps.desk.restate(given))
    const { settings } = prepared
    const answerer = deps.choose(settings.answer.answerers).find(({ continues }) => continues === true)
    if (answerer === undefined) return undefined
    const found = await frame.find(prepared, signal)
    const begun = open.contents.map(contentText).join('\n')
    // What is stored of this very answer is told as what it is: its beginning.
    const turns = prepared.turns.filter(({ role, seq = 0 }) => role !== 'assistant' || seq < open.uptoSeq)
    const question = { ...(await frame.toQuestion(answerer, { ...prepared, turns }, found, signal)), begun }
    const maxParts = Math.max(1, Math.min(settings.answer.maxParts - open.contents.length, claim.quotaLeft))
    const writer = frame.toWriter(prepared, found, { maxParts, mayGiveOut: () => false, before: begun })
    const asked = await askModel(answerer, question, writer, async () => true, signal)
    if (asked === undefined) return undefined
    const texts = asked.texts.flatMap((text, index) => (index === 0 ? withoutRepeated(text, begun) : text))
    const { verdict, reason, text } = asked
    if (reason === 'secret') log.error('reply.secret-kept', { conv: claim.conv, answerer: answerer.name })
    const conclusion = await deps.desk.conclude({ ...prepared, verdict, reason, text, isBegun: true }, signal)
    return frame.toEnd(prepared, { ...asked, texts: texts.filter((one) => one !== '') }, found, conclusion)
  }

  return async (claim: ConversationClaim, step: Part, signal: AbortSignal): Promise<SavedReply | undefined> => {
    const open = await replies.findOpen(step.replyId)
    const as = { ...NOBODY_ASKED, answerer: open?.answerer ?? '' }
    if (open === undefined) {
      await replies.append(claim, step.replyId, { contents: [], end: as })
      return undefined
    }
    let rest: Awaited<ReturnType<typeof writeRest>>
    try {
      rest = await writeRest(claim, open, signal)
    } catch (error) {
      if (signal.aborted || isOurs(error)) throw error
      const afterMs = isAppError(error) && error.retryable ? deps.continueAfterMs(step) : undefined
      log.warn('reply.not-continued', { conv: claim.conv, afterMs: afterMs ?? 'never', error })
      if (afterMs !== undefined) {
        await replies.postponeStep(claim, step, afterMs, isAppError(error) ? error.code : 'unexpected')
        return undefined
      }
    }
    const contents = (rest?.contents ?? []).slice(0, Math.max(0, claim.quotaLeft))
    // The customer has the beginning of an answer: a person is to look whether it is enough.
    const short = { ...as, parked: { stage: 'needs_person', reason: 'ended-short', body: '' } }
    const saved = await replies.append(claim, open.id, { contents, end: rest?.end ?? short })
    log.info('reply.continued', { conv: claim.conv, parts: contents.length })
    return saved
  }
}

/** A model that begins anew is cut where the new begins. */
function withoutRepeated(text: string, begun: string): string {
  if (text.startsWith(begun)) return text.slice(begun.length).trim()
  const tail = begun.slice(-200)
  for (let length = tail.length; length >= 8; length -= 1) {
    if (text.startsWith(tail.slice(-length))) return text.slice(length).trim()
  }
  return text
}
