/**
 * The answer to everything that came since the last one: the service desk is asked, then the knowledge, then a model, and what comes of it is
 * stored. A long answer is stored piece by piece while it is being written. Until its first piece is stored, an answer is thrown away when
 * more comes from the customer; from then on nothing of it changes, and whatever interrupts it, it is ended after what is stored.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Answerer, Question, Usage } from '../answer/answerer.ts'
import type { ChooseAnswerers } from '../answer/choose-answerer.ts'
import type { ModelPrice } from '../answer/model-prices.ts'
import type { ReplyWriter } from '../answer/write-reply.ts'
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore, RememberedMessage } from '../store/conversation-store.ts'
import type { NewReply, Part, ReplyEnd, ReplyStore, SavedReply } from '../store/reply-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { type Asked, askModel, NO_USAGE } from './ask-model.ts'
import { contentText } from './content-text.ts'
import { toConversationKey } from './conversation-key.ts'
import type { KnowledgeSource, Passages } from './knowledge-source.ts'
import type { Outcome } from './outcome.ts'
import { ownWords } from './own-words.ts'
import { pickAttachments } from './pick-attachments.ts'
import { apologyFor } from './plain-desk.ts'
import type { PrepareAnswer, Prepared } from './prepare-answer.ts'
import type { SendResult } from './send-parts.ts'
import type { Conclusion, Consideration, DraftToConclude, ServiceDesk } from './service-desk.ts'

export interface WriterOptions {
  maxParts: number
  mayGiveOut: () => boolean
  screen: (text: string) => boolean
  /** Whose links may be repeated, and which others. */
  knownTexts: readonly string[]
  links: readonly string[]
  persona: string
}

export interface AnswerDeps {
  prepare: PrepareAnswer
  conversations: Pick<ConversationStore, 'advanceUnanswered' | 'countDiscarded'>
  replies: Pick<ReplyStore, 'save' | 'append' | 'findOpen' | 'postponeStep'>
  sendParts: (claim: ConversationClaim, signal: AbortSignal, known?: readonly Part[]) => Promise<SendResult>
  choose: ChooseAnswerers
  desk: ServiceDesk
  knowledge: KnowledgeSource
  /** The pictures among these messages as `data:` URLs, for a model that sees. */
  loadImages: (messages: readonly RememberedMessage[], signal: AbortSignal) => Promise<readonly string[]>
  createWriter: (options: WriterOptions) => ReplyWriter
  costOf: (usage: Usage, prices: Readonly<Record<string, ModelPrice>>) => number
  /** When the model is asked again after this failure; undefined when its time is over. Throws what is nobody's fault but ours. */
  toRetry: (error: unknown, claim: ConversationClaim) => Retry | undefined
  /** Until somebody is asked again to write the rest of an answer. */
  continueAfterMs: (attempts: number) => number
  log: Logger
}

export interface AnswerOptions {
  /** Nothing goes out early before the customer has waited this long for the model: a quick answer is sent whole. */
  streamAfterMs: number
}

export type RangeResult =
  /** Stored, and to be sent. */
  | { kind: 'stored'; saved: SavedReply }
  /** There is nothing to send, or what was begun is to be found in the database. */
  | { kind: 'look-again' }
  | Exclude<Outcome, { kind: 'done' }>

type Retry = Extract<Outcome, { kind: 'retry' }>

/** Drafts that are thrown away because the customer wrote on; the next one stands. */
const MAX_DISCARDED = 2

/** So often somebody is asked to write the rest of an answer that was cut off. */
const MAX_CONTINUATIONS = 3

/** A reply of which a part is stored already. */
interface Begun {
  saved: SavedReply
}

export function createAnswerRange(deps: AnswerDeps, { streamAfterMs }: AnswerOptions) {
  const { prepare, conversations, replies, desk, log } = deps

  const discard = async (claim: ConversationClaim): Promise<RangeResult> => {
    await conversations.countDiscarded(claim)
    log.info('reply.draft-discarded', { conv: claim.conv })
    return { kind: 'look-again' }
  }

  const store = async (claim: ConversationClaim, reply: NewReply): Promise<RangeResult> => {
    const saved = await replies.save(claim, reply, claim.discarded >= MAX_DISCARDED)
    if (saved === undefined) return discard(claim)
    log.info('reply.stored', {
      conv: claim.conv,
      parts: reply.contents.length,
      ms: reply.latencyMs,
      model: reply.usage.model,
    })
    return { kind: 'stored', saved }
  }

  const toWriter = (prepared: Prepared, found: Passages, over: Pick<WriterOptions, 'maxParts' | 'mayGiveOut'>) => {
    const { links, persona } = prepared.settings.answer
    const byPeople = prepared.turns.filter(({ role }) => role === 'servicer').map(({ text }) => text)
    const said = [...prepared.unanswered.map(ownWords), ...byPeople]
    const known = found.passages.flatMap(({ text, url = '' }) => [text, url])
    const knownTexts = [...said, ...known, found.wholeFaq ?? '']
    return deps.createWriter({
      ...over,
      screen: (text) => desk.screen(prepared, text),
      knownTexts,
      links,
      persona,
    })
  }

  const toQuestion = async (
    answerer: Answerer,
    prepared: Prepared,
    found: Passages,
    signal: AbortSignal,
  ): Promise<Question> => {
    const { claim, settings, turns, summary } = prepared
    const { persona, temperature, maxTokens } = settings.answer
    const images = answerer.sees === true ? await deps.loadImages(prepared.unanswered, signal) : []
    return {
      conversationKey: toConversationKey(claim.conv),
      turns,
      ...{ persona, temperature, maxTokens },
      ...(summary === '' ? {} : { summary }),
      ...(found.isAssigned ? { knowledge: toKnowledge(found) } : {}),
      ...(images.length === 0 ? {} : { images }),
    }
  }

  /** What is stored with a draft, and what is still to be said. */
  const toEnd = (prepared: Prepared, asked: Asked, found: Passages, conclusion: Conclusion) => {
    const end: ReplyEnd = {
      answerer: asked.answerer,
      usage: asked.usage,
      latencyMs: asked.latencyMs,
      costMicros: deps.costOf(asked.usage, prepared.settings.answer.prices),
      sources: asked.verdict === 'answered' ? (asked.sources ?? found.passages.map(({ id }) => id)) : [],
    }
    if (conclusion.kind === 'send') {
      const attached = pickAttachments(found.passages, asked)
      const said: ReplyContent[] = asked.texts.map((text) => ({ type: 'text', text }))
      return { end, contents: [...said, ...attached, ...(conclusion.append ?? [])] }
    }
    const contents = conclusion.contents ?? []
    if (conclusion.kind === 'hand-over') return { end: { ...end, handOver: conclusion.cause }, contents }
    const parked = { stage: 'needs_person', reason: asked.reason || 'screened', body: asked.text }
    return { end: conclusion.isSettled === true ? end : { ...end, parked }, contents }
  }

  /** Ends an answer of which a piece is stored. */
  const append = async (claim: ConversationClaim, begun: Begun, contents: readonly ReplyContent[], end: ReplyEnd) => {
    const left = Math.max(0, begun.saved.claim.quotaLeft)
    const saved = await replies.append(claim, begun.saved.id, { contents: contents.slice(0, left), end })
    log.info('reply.ended', { conv: claim.conv, parts: contents.length, ms: end.latencyMs, model: end.usage.model })
    return saved
  }

  const writeWith = async (
    answerer: Answerer,
    prepared: Prepared,
    found: Passages,
    isWhole: boolean,
    begun: { current?: Begun },
    signal: AbortSignal,
  ): Promise<RangeResult> => {
    const { claim, settings, quotaLeft } = prepared
    const startedAt = performance.now()
    let isBlocked = isWhole || !settings.answer.stream
    const writer = toWriter(prepared, found, {
      maxParts: Math.max(1, Math.min(settings.answer.maxParts, quotaLeft)),
      mayGiveOut: () => !isBlocked && performance.now() - startedAt >= streamAfterMs,
    })
    const giveOut = async (texts: readonly string[]): Promise<boolean> => {
      const contents: ReplyContent[] = texts.map((text) => ({ type: 'text', text }))
      const saved =
        begun.current === undefined
          ? await replies.save(claim, toOpening(claim, answerer, contents), claim.discarded >= MAX_DISCARDED)
          : await replies.append(claim, begun.current.saved.id, { contents })
      if (saved === undefined) return false
      if (begun.current === undefined) log.info('reply.begun', { conv: claim.conv, ms: since(startedAt) })
      begun.current = { saved }
      const known = saved.parts.filter(({ step }) => step.kind === 'content')
      const sent = await deps.sendParts(saved.claim, signal, known)
      // What follows is stored behind a part that waits, and goes with it.
      isBlocked ||= sent.kind === 'waiting'
      return true
    }
    const question = await toQuestion(answerer, prepared, found, signal)
    const asked = await askModel(answerer, question, writer, giveOut, signal)
    if (asked === undefined) return begun.current === undefined ? discard(claim) : { kind: 'look-again' }
    if (writer.omittedLinks() > 0) {
      log.warn('reply.links-omitted', { conv: claim.conv, count: writer.omittedLinks(), answerer: answerer.name })
    }
    if (asked.reason === 'secret') log.error('reply.secret-kept', { conv: claim.conv, answerer: answerer.name })
    const { verdict, reason, text } = asked
    const draft: DraftToConclude = { ...prepared, verdict, reason, text, isBegun: begun.current !== undefined }
    const { end, contents } = toEnd(prepared, asked, found, await desk.conclude(draft, signal))
    if (begun.current === undefined) {
      // At least one goes: the platform then says itself that it is too much, and the part is held.
      const fitting = contents.slice(0, Math.max(1, quotaLeft))
      return store(claim, { ...toRange(claim), ...end, contents: fitting })
    }
    const saved = await append(claim, begun.current, contents, end)
    return isBlocked && !isWhole ? { kind: 'look-again' } : toStored(saved)
  }

  /** The first of the chain is asked twice before the others are; then all of them, again and again until the time is over. */
  const ask = async (
    given: Prepared,
    { whole: isWhole = false, question, answerer: only }: Consideration & { kind: 'ask' },
    signal: AbortSignal,
  ): Promise<RangeResult> => {
    const prepared = question === undefined ? given : withQuestion(given, question)
    const { claim, settings } = prepared
    const [first, ...all] = deps.choose(only === undefined ? settings.answer.answerers : [only])
    const others = only === undefined ? all : []
    let failure: unknown
    for (const answerer of [first, ...others]) {
      const begun: { current?: Begun } = {}
      try {
        const query = { openKfId: claim.openKfId, question: toWords(prepared), turns: prepared.turns }
        const found = await deps.knowledge.find(query, signal)
        return await writeWith(answerer, prepared, found, isWhole, begun, signal)
      } catch (error) {
        if (signal.aborted || isOurs(error)) throw error
        const fields = { conv: claim.conv, answerer: answerer.name }
        if (begun.current !== undefined) {
          log.warn('reply.interrupted', { ...fields, error })
          return { kind: 'look-again' }
        }
        failure ??= error
        const waits = others.length > 0 && claim.attempts === 0 && !isAppError(error, 'answer.account')
        const outcome = answerer === first && waits ? deps.toRetry(error, claim) : undefined
        if (outcome !== undefined) return outcome
        if (others.length > 0) log.error('reply.answerer-failed', { ...fields, error })
      }
    }
    const reason = isAppError(failure) ? failure.code : 'unexpected'
    return deps.toRetry(failure, claim) ?? { kind: 'park', reason }
  }

  return {
    /** Call it with everything before the range sent, and the range due. */
    async answer(claim: ConversationClaim, signal: AbortSignal, onPrepared?: (prepared: Prepared) => void) {
      const prepared = await prepare(claim)
      if (prepared === undefined) {
        await conversations.advanceUnanswered(claim, claim.parsed)
        return { kind: 'look-again' } satisfies RangeResult
      }
      onPrepared?.(prepared)
      const considered = await desk.consider(prepared, signal)
      if (considered.kind === 'ask') return ask(prepared, considered, signal)
      log.info('reply.considered', { conv: claim.conv, decision: considered.kind, cause: considered.cause })
      if (considered.kind === 'quiet') {
        await conversations.advanceUnanswered(claim, claim.parsed)
        return { kind: 'look-again' } satisfies RangeResult
      }
      const contents = (considered.contents ?? []).slice(0, Math.max(1, claim.quotaLeft))
      return store(claim, {
        ...toRange(claim),
        ...toDeskEnd(),
        contents,
        ...(considered.kind === 'hand-over' ? { handOver: considered.cause } : {}),
      })
    },

    /** An answer that was begun, here or by a process that died, is written to its end, or ends as it is. */
    async continueOpen(claim: ConversationClaim, step: Part, signal: AbortSignal): Promise<RangeResult> {
      const open = await replies.findOpen(step.replyId)
      const as = { ...toDeskEnd(), answerer: open?.answerer ?? '' }
      if (open === undefined) {
        await replies.append(claim, step.replyId, { contents: [], end: as })
        return { kind: 'look-again' }
      }
      let rest: Awaited<ReturnType<typeof writeRest>>
      try {
        rest = await writeRest(claim, open, signal)
      } catch (error) {
        if (signal.aborted || isOurs(error)) throw error
        const isLast = step.attempts + 1 >= MAX_CONTINUATIONS || !isAppError(error) || !error.retryable
        log.warn('reply.not-continued', { conv: claim.conv, isLast, error })
        if (!isLast) {
          await replies.postponeStep(claim, step, deps.continueAfterMs(step.attempts), error.code)
          return { kind: 'look-again' }
        }
      }
      const contents = (rest?.contents ?? []).slice(0, Math.max(0, claim.quotaLeft))
      // The customer has the beginning of an answer: a person is to look whether it is enough.
      const short = { ...as, parked: { stage: 'needs_person', reason: 'ended-short', body: '' } }
      const saved = await replies.append(claim, open.id, { contents, end: rest?.end ?? short })
      log.info('reply.continued', { conv: claim.conv, parts: contents.length })
      return toStored(saved)
    },

    /** The honest sentence for a range that is given up, or the way to a person. Undefined when there is nothing to give up. */
    async giveUp(claim: ConversationClaim, reason: string, signal: AbortSignal): Promise<SavedReply | undefined> {
      if (claim.parsed <= claim.answered) return undefined
      const conclusion = await concludeFailure(claim, reason, signal)
      const handOver = conclusion?.kind === 'hand-over' ? conclusion.cause : undefined
      const said = conclusion === undefined || conclusion.kind === 'send' ? undefined : conclusion.contents
      const contents = said ?? (handOver === undefined ? [apologyFor(reason)] : [])
      const isSettled = conclusion?.kind === 'say' && conclusion.isSettled === true
      const parked = handOver === undefined && !isSettled ? { stage: 'reply', reason, body: '' } : undefined
      const end = { ...toDeskEnd(), ...(handOver !== undefined && { handOver }), ...(parked && { parked }) }
      return replies.save(claim, { ...toRange(claim), ...end, contents }, true)
    },
  }

  async function concludeFailure(claim: ConversationClaim, reason: string, signal: AbortSignal) {
    try {
      const prepared = await prepare(claim)
      if (prepared === undefined) return undefined
      return await desk.conclude({ ...prepared, verdict: 'failed', reason, text: '', isBegun: false }, signal)
    } catch (error) {
      if (signal.aborted || isOurs(error)) throw error
      log.error('reply.desk-failed', { conv: claim.conv, error })
      return undefined
    }
  }

  async function writeRest(
    claim: ConversationClaim,
    open: { fromSeq: number; uptoSeq: number; contents: readonly ReplyContent[] },
    signal: AbortSignal,
  ) {
    const prepared = await prepare(claim, { answered: open.fromSeq - 1, upto: open.uptoSeq })
    if (prepared === undefined || claim.quotaLeft < 1) return undefined
    const { settings } = prepared
    const answerer = deps.choose(settings.answer.answerers).find(({ continues }) => continues === true)
    if (answerer === undefined) return undefined
    const query = { openKfId: claim.openKfId, question: toWords(prepared), turns: prepared.turns }
    const found = await deps.knowledge.find(query, signal)
    const begun = open.contents.map(contentText).join('\n')
    // What is stored of this very answer is told as what it is: its beginning.
    const turns = prepared.turns.filter(({ role, seq = 0 }) => role !== 'assistant' || seq < open.uptoSeq)
    const question = { ...(await toQuestion(answerer, { ...prepared, turns }, found, signal)), begun }
    const maxParts = Math.max(1, Math.min(settings.answer.maxParts - open.contents.length, claim.quotaLeft))
    const writer = toWriter(prepared, found, { maxParts, mayGiveOut: () => false })
    const asked = await askModel(answerer, question, writer, async () => true, signal)
    if (asked === undefined || asked.verdict !== 'answered') return undefined
    const texts = asked.texts.flatMap((text, index) => (index === 0 ? withoutRepeated(text, begun) : text))
    return toEnd(prepared, { ...asked, texts: texts.filter((text) => text !== '') }, found, { kind: 'send' })
  }
}

export type AnswerRange = ReturnType<typeof createAnswerRange>

function toStored(saved: SavedReply | undefined): RangeResult {
  return saved === undefined ? { kind: 'look-again' } : { kind: 'stored', saved }
}

function toRange(claim: ConversationClaim): { fromSeq: number; uptoSeq: number } {
  return { fromSeq: claim.answered + 1, uptoSeq: claim.parsed }
}

/** Nobody was asked. */
function toDeskEnd(): ReplyEnd {
  return { answerer: '', usage: NO_USAGE, latencyMs: 0, costMicros: 0, sources: [] }
}

function toOpening(claim: ConversationClaim, { name }: Answerer, contents: readonly ReplyContent[]): NewReply {
  return { ...toRange(claim), ...toDeskEnd(), answerer: name, contents, isOpen: true }
}

function toKnowledge({ passages, wholeFaq }: Passages): NonNullable<Question['knowledge']> {
  return { passages, ...(wholeFaq === undefined ? {} : { wholeFaq }) }
}

/** What the customer tapped stands for these words. */
function withQuestion(prepared: Prepared, question: string): Prepared {
  const last = <T extends { text: string }>(list: readonly T[]) =>
    list.map((it, index) => (index === list.length - 1 ? { ...it, text: question } : it))
  return { ...prepared, turns: last(prepared.turns), unanswered: last(prepared.unanswered) }
}

/** What the customer wrote since the last answer. */
function toWords({ unanswered }: Prepared): string {
  return unanswered
    .filter(({ origin, type }) => origin !== 5 && type !== 'event')
    .map(({ text }) => text)
    .join('\n')
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

/** The database's and the lease's faults are not the model's. */
function isOurs(error: unknown): boolean {
  return isAppError(error) && (error.code.startsWith('database.') || error.code.startsWith('store.'))
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
