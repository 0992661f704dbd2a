/**
 * An answer by one answerer, stored as it comes: whole, or its beginning while the rest is being written. Until something of it is stored
 * it is thrown away when more comes from the customer; from then on it is only added to.
 */
import type { Answerer } from '../answer/answerer.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { Part } from '../store/reply-part.ts'
import type { NewReply, ReplyStore, SavedReply } from '../store/reply-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { askModel } from './ask-model.ts'
import { toBareReply } from './bare-reply.ts'
import type { FrameQuestion } from './frame-question.ts'
import type { Prepared } from './prepare-answer.ts'
import type { SendResult } from './send-parts.ts'
import type { DraftToConclude, ServiceDesk } from './service-desk.ts'

export interface WriteDeps {
  replies: Pick<ReplyStore, 'save' | 'append'>
  sendParts: (claim: ConversationClaim, signal: AbortSignal, known?: readonly Part[]) => Promise<SendResult>
  desk: Pick<ServiceDesk, 'conclude'>
  log: Logger
}

export interface WriteOptions {
  /** Nothing goes out early before the customer has waited this long for the model: a quick answer is sent whole. */
  streamAfterMs: number
}

/** What is stored of an answer while it is being written; tells also whoever catches its error. */
export interface Begun {
  saved?: SavedReply
}

export type Written =
  /** Stored, and to be sent. */
  | { kind: 'stored'; saved: SavedReply }
  /** There is nothing to send, or what was begun is to be found in the database. */
  | { kind: 'look-again' }
  /** More came from the customer. */
  | { kind: 'discarded' }

/** Drafts that are thrown away because the customer wrote on; the next one stands. */
const MAX_DISCARDED = 2
/** Of the allowance of five, for what matters more than the rest of an answer: a word on a hand-over, what a slow document says. */
const KEPT = 1

/** Rejects as the answerer does. */
export function createWriteAnswer(
  { replies, log, ...deps }: WriteDeps,
  frame: FrameQuestion,
  { streamAfterMs }: WriteOptions,
) {
  return async (
    answerer: Answerer,
    prepared: Prepared,
    isWhole: boolean,
    begun: Begun,
    signal: AbortSignal,
  ): Promise<Written> => {
    const found = await frame.find(prepared, signal)
    const { claim, settings, quotaLeft } = prepared
    const startedAt = performance.now()
    const mayStream = !isWhole && settings.answer.stream
    // What follows a part that waits is stored behind it, and goes with it.
    let hasToWait = false
    const writer = frame.toWriter(prepared, found, {
      maxParts: Math.max(1, Math.min(settings.answer.maxParts, quotaLeft - KEPT)),
      mayGiveOut: () => mayStream && !hasToWait && performance.now() - startedAt >= streamAfterMs,
    })
    const toFields = ({ contents, latencyMs, usage }: Pick<NewReply, 'contents' | 'latencyMs' | 'usage'>) => ({
      conv: claim.conv,
      parts: contents.length,
      ms: latencyMs,
      model: usage.model,
    })
    const giveOut = async (texts: readonly string[]): Promise<boolean> => {
      const contents: ReplyContent[] = texts.map((text) => ({ type: 'text', text }))
      const saved =
        begun.saved === undefined
          ? await replies.save(claim, toOpening(claim, answerer, contents), isLastDraft(claim))
          : await replies.append(claim, begun.saved.id, { contents })
      if (saved === undefined) return false
      if (begun.saved === undefined) log.info('reply.begun', { conv: claim.conv, ms: since(startedAt) })
      begun.saved = saved
      const known = saved.parts.filter(({ step }) => step.kind === 'content')
      const sent = await deps.sendParts(saved.claim, signal, known)
      hasToWait ||= sent.kind === 'waiting'
      return true
    }
    const question = await frame.toQuestion(answerer, prepared, found, signal)
    const asked = await askModel(answerer, question, writer, giveOut, signal)
    if (asked === undefined) return { kind: begun.saved === undefined ? 'discarded' : 'look-again' }
    if (writer.omittedLinks() > 0) {
      log.warn('reply.links-omitted', { conv: claim.conv, count: writer.omittedLinks(), answerer: answerer.name })
    }
    if (asked.reason === 'secret') log.error('reply.secret-kept', { conv: claim.conv, answerer: answerer.name })
    const { verdict, reason, text } = asked
    const draft: DraftToConclude = { ...prepared, verdict, reason, text, isBegun: begun.saved !== undefined }
    const { end, contents } = frame.toEnd(prepared, asked, found, await deps.desk.conclude(draft, signal))
    if (begun.saved === undefined) {
      // At least one goes: the platform then says itself that it is too much, and the part is held.
      const reply = { ...toBareReply(claim), ...end, contents: contents.slice(0, Math.max(1, quotaLeft - KEPT)) }
      const saved = await replies.save(claim, reply, isLastDraft(claim))
      if (saved === undefined) return { kind: 'discarded' }
      log.info('reply.stored', toFields(reply))
      return { kind: 'stored', saved }
    }
    const fitting = contents.slice(0, Math.max(0, begun.saved.claim.quotaLeft))
    const saved = await replies.append(claim, begun.saved.id, { contents: fitting, end })
    log.info('reply.ended', toFields({ ...end, contents: fitting }))
    return saved === undefined || hasToWait ? { kind: 'look-again' } : { kind: 'stored', saved }
  }
}

export function isLastDraft({ discarded }: ConversationClaim): boolean {
  return discarded >= MAX_DISCARDED
}

function toOpening(claim: ConversationClaim, { name }: Answerer, contents: readonly ReplyContent[]): NewReply {
  return { ...toBareReply(claim), answerer: name, contents, isOpen: true }
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
