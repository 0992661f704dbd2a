/** One question to one answerer: its stream becomes the messages of a reply, the first of them perhaps before the rest is written. */
import { AppError } from '../../shared/app-error.ts'
import type { Answerer, Question, Usage, Verdict } from '../answer/answerer.ts'
import type { ReplyWriter } from '../answer/write-reply.ts'

export interface Asked {
  answerer: string
  usage: Usage
  latencyMs: number
  /** Ids of passages, when the answerer says on which it rests. */
  sources: readonly string[] | undefined
  verdict: Verdict
  /** Why there is no answer; '' when there is one. */
  reason: string
  /** What is left to be sent of it. */
  texts: readonly string[]
  /** All of it, as the customer may see it. */
  text: string
}

export const NO_USAGE: Usage = { model: '', inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }

/**
 * `giveOut` stores and sends the beginning; false when that was not possible because more came: then nobody wants the rest, and this resolves to
 * undefined. Rejects as the answerer does, and with `answer.unavailable` when there is nothing to show.
 */
export async function askModel(
  answerer: Answerer,
  question: Question,
  writer: ReplyWriter,
  giveOut: (texts: readonly string[]) => Promise<boolean>,
  signal: AbortSignal,
): Promise<Asked | undefined> {
  const startedAt = performance.now()
  let usage = NO_USAGE
  let sources: readonly string[] | undefined
  let verdict: Verdict = 'answered'
  for await (const event of answerer.answer(question, signal)) {
    switch (event.kind) {
      case 'text': {
        const texts = writer.push(event.text)
        if (texts.length > 0 && !(await giveOut(texts))) return undefined
        break
      }
      case 'usage':
        usage = event.usage
        break
      case 'sources':
        sources = event.ids
        break
      case 'verdict':
        verdict = event.verdict
    }
  }
  const latencyMs = Math.round(performance.now() - startedAt)
  const known = { answerer: answerer.name, usage, latencyMs, sources }
  if (verdict !== 'answered') return { ...known, verdict, reason: verdict, texts: [], text: writer.text() }
  const written = writer.end()
  if (written.verdict === 'blank') {
    throw new AppError('answer.unavailable', 'the answer has no text', { retryable: true })
  }
  const text = writer.text()
  if (written.verdict === 'answered') return { ...known, verdict, reason: '', texts: written.texts, text }
  return { ...known, verdict: 'no_answer', reason: written.reason, texts: [], text }
}
