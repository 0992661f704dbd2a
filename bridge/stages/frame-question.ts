/** A question as it is put to an answerer, the guards of its answer, and what is stored with that. */
import type { Answerer, Question, Usage } from '../answer/answerer.ts'
import type { ModelPrice } from '../answer/model-prices.ts'
import type { ReplyWriter } from '../answer/write-reply.ts'
import type { RememberedMessage } from '../store/conversation-store.ts'
import type { ReplyEnd } from '../store/reply-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { Asked } from './ask-model.ts'
import { toConversationKey } from './conversation-key.ts'
import type { KnowledgeSource, Passages } from './knowledge-source.ts'
import { ownWords } from './own-words.ts'
import { pickAttachments } from './pick-attachments.ts'
import type { Prepared } from './prepare-answer.ts'
import type { Conclusion, ServiceDesk } from './service-desk.ts'

export interface WriterOptions {
  maxParts: number
  mayGiveOut: () => boolean
  screen: (text: string) => boolean
  /** Whose links may be repeated, and which others. */
  knownTexts: readonly string[]
  links: readonly string[]
  persona: string
  /** Of this answer, what has been given out already. */
  before?: string
}

export interface FrameDeps {
  desk: Pick<ServiceDesk, 'screen'>
  knowledge: KnowledgeSource
  /** The pictures among these messages as `data:` URLs, for a model that sees. */
  loadImages: (messages: readonly RememberedMessage[], signal: AbortSignal) => Promise<readonly string[]>
  createWriter: (options: WriterOptions) => ReplyWriter
  costOf: (usage: Usage, prices: Readonly<Record<string, ModelPrice>>) => number
}

export function createFrameQuestion(deps: FrameDeps) {
  const toWriter = (
    prepared: Prepared,
    found: Passages,
    over: Pick<WriterOptions, 'maxParts' | 'mayGiveOut' | 'before'>,
  ) => {
    const { links, persona } = prepared.settings.answer
    // What the company's side has said before was guarded in its time.
    const byUs = prepared.turns.filter(({ role }) => role !== 'customer').map(({ text }) => text)
    const said = [...prepared.unanswered.map(ownWords), ...byUs]
    const known = found.passages.flatMap(({ text, url = '' }) => [text, url])
    const knownTexts = [...said, ...known, found.wholeFaq ?? '']
    return deps.createWriter({
      ...over,
      screen: (text) => deps.desk.screen(prepared, text),
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

  const find = (prepared: Prepared, signal: AbortSignal): Promise<Passages> =>
    deps.knowledge.find(
      { openKfId: prepared.claim.openKfId, question: toWords(prepared), turns: prepared.turns },
      signal,
    )

  return { find, toQuestion, toWriter, toEnd }
}

export type FrameQuestion = ReturnType<typeof createFrameQuestion>

function toKnowledge({ passages, wholeFaq }: Passages): NonNullable<Question['knowledge']> {
  return { passages, ...(wholeFaq === undefined ? {} : { wholeFaq }) }
}

/** What the customer wrote since the last answer. */
function toWords({ unanswered }: Prepared): string {
  return unanswered
    .filter(({ origin, type }) => origin !== 5 && type !== 'event')
    .map(({ text }) => text)
    .join('\n')
}
