/**
 * One streamed chat completion of any vendor that speaks OpenAI's protocol. Text comes as it is written, without hidden thinking;
 * the verdict comes only after the vendor said that the answer is whole. A blank answer, or one that is cut off, is a failure.
 *
 * Vendors keep a waiting connection awake with comments and blank lines, so silence proves nothing: there is one deadline for
 * everything. A reader that stops early ends the connection: the SDK sees to it.
 */
import type OpenAI from 'openai'
import { z } from 'zod'
import type { AppError } from '../../shared/app-error.ts'
import { startAnswerDeadline } from './answer-deadline.ts'
import type { AnswerEvent, Usage } from './answerer.ts'
import { createHiddenThinkingFilter } from './strip-hidden-thinking.ts'
import { answerSensitive, answerUnavailable, toAnswerError } from './to-answer-error.ts'

export interface ChatCompletionRequest {
  client: OpenAI
  /** Of the answerer, for errors. */
  name: string
  model: string
  messages: OpenAI.ChatCompletionMessageParam[]
  /** Further fields of the body, the vendor's own included. */
  fields: Readonly<Record<string, unknown>>
  deadlineMs: number
  /** For a vendor whose errors are not OpenAI's. Undefined: read as OpenAI's. */
  toError?: (error: unknown) => AppError | undefined
}

// A number that a server makes up must not stand between an answer and its row.
const tokens = z.number().int().min(0).catch(0)
// `reasoning_content` beside `content` is thinking and not read. Some hosts send chunks without choices.
const chunkShape = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
        // Ark: what its filter found in the answer.
        moderation_hit_type: z.string().nullish().catch(undefined),
      }),
    )
    .nullish(),
  usage: z
    .looseObject({
      prompt_tokens: tokens,
      completion_tokens: tokens,
      prompt_cache_hit_tokens: tokens.optional(),
      prompt_tokens_details: z.looseObject({ cached_tokens: tokens.optional() }).nullish().catch(undefined),
    })
    .nullish(),
})

const cutMark = '……'
/** More than any limit of tokens allows: a server that goes round in circles must not fill the memory. */
const MAX_CHARS = 64_000

export async function* streamChatCompletion(
  { client, name, model, messages, fields, deadlineMs, toError }: ChatCompletionRequest,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const deadline = startAnswerDeadline(name, signal, deadlineMs)
  const thinking = createHiddenThinkingFilter()
  let finishReason = ''
  let hasText = false
  let chars = 0
  let usage: Usage | undefined

  try {
    const stream = await client.chat.completions.create(
      { ...fields, model, messages, stream: true, stream_options: { include_usage: true } },
      { signal: deadline.signal, timeout: deadlineMs, maxRetries: 0 },
    )
    for await (const raw of stream) {
      const { data: chunk } = chunkShape.safeParse(raw)
      const choice = chunk?.choices?.[0]
      if (choice?.moderation_hit_type) throw answerSensitive(name)
      const content = choice?.delta?.content ?? ''
      chars += content.length
      if (chars > MAX_CHARS) throw answerUnavailable(name, 'endless')
      const text = thinking.push(content)
      if (text !== '') {
        hasText ||= text.trim() !== ''
        yield { kind: 'text', text }
      }
      finishReason = choice?.finish_reason || finishReason
      if (chunk?.usage) usage = toUsage(model, chunk.usage)
    }
  } catch (error) {
    throw deadline.interruption() ?? toError?.(error) ?? toAnswerError(name, error)
  }

  // Also of an answer that is refused below: it is charged.
  if (usage !== undefined) yield { kind: 'usage', usage }
  // The SDK ends the stream quietly when a signal fires and when the connection closes.
  if (finishReason === '') throw deadline.interruption() ?? answerUnavailable(name, 'cut')
  if (finishReason === 'content_filter') throw answerSensitive(name)
  if (finishReason === 'insufficient_system_resource') throw answerUnavailable(name, 'overloaded')
  const rest = thinking.end()
  if (rest !== '') yield { kind: 'text', text: rest }
  if (!hasText && rest.trim() === '') throw answerUnavailable(name, 'blank')
  if (finishReason === 'length') yield { kind: 'text', text: cutMark }
  yield { kind: 'verdict', verdict: 'answered' }
}

type ChunkUsage = NonNullable<z.output<typeof chunkShape>['usage']>

function toUsage(model: string, usage: ChunkUsage): Usage {
  return {
    model,
    inputTokens: usage.prompt_tokens,
    // DeepSeek's own field first; the other one is OpenAI's.
    cachedInputTokens: usage.prompt_cache_hit_tokens ?? usage.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.completion_tokens,
  }
}
