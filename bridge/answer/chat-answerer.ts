/** An answerer over any vendor that speaks OpenAI's chat completions; what is the vendor's own comes in as fields. */
import OpenAI from 'openai'
import { isAppError } from '../../shared/app-error.ts'
import type { AnswerEvent, Answerer, OnUsage, Question, Usage } from './answerer.ts'
import { streamChatCompletion } from './stream-chat-completion.ts'
import { afterThinking } from './strip-hidden-thinking.ts'
import { answerUnavailable } from './to-answer-error.ts'
import { toPrompt } from './to-prompt.ts'
import { parseRewritten, toRewritePrompt } from './to-rewrite-prompt.ts'
import { toSummaryPrompt } from './to-summary-prompt.ts'
import { withImages } from './with-images.ts'

export interface ChatVendor {
  apiKey: string
  baseUrl: string
  /** Names are retired now and then, so it is always the operator's choice. */
  model: string
  /** For a whole answer. Default 60,000. */
  deadlineMs?: number
  fetch?: typeof fetch
  /**
   * Nobody has switched its thinking off: then the template of a self-hosted model may open it unseen, and only its end tells. The first answer
   * is read whole, to see whether that is so.
   */
  mayThinkAloud?: boolean
}

// Three messages of WeChat hold about 2,000 Chinese characters.
const defaultMaxTokens = 1500
const defaultTemperature = 0.3
/** Models that are known to take text alone. */
const BLIND_MODELS = /^deepseek-(v4-pro|v4-flash-ga|chat|reasoner)/

export function createChatAnswerer(
  name: string,
  { apiKey, baseUrl, model, deadlineMs = 60_000, fetch, mayThinkAloud = false }: ChatVendor,
  vendorFields: (conversationKey: string) => Readonly<Record<string, unknown>>,
): Answerer {
  const sees = !BLIND_MODELS.test(model)
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    // Given, so that settings meant for OpenAI's own service are not sent here.
    organization: null,
    project: null,
    adminAPIKey: null,
    maxRetries: 0,
    logLevel: 'off',
    // Nobody gets the customer's words but who was named.
    fetchOptions: { redirect: 'error' },
    ...(fetch === undefined ? {} : { fetch }),
  })
  let readsWhole = mayThinkAloud
  const ask = async function* (question: Question, images: readonly string[], signal: AbortSignal) {
    if (!readsWhole) return yield* stream(question, images, signal)
    let text = ''
    const others: AnswerEvent[] = []
    try {
      for await (const event of stream(question, images, signal)) {
        if (event.kind === 'text') text += event.text
        else others.push(event)
      }
      const seen = afterThinking(text)
      if (seen.trim() === '') throw answerUnavailable(name, 'blank')
      readsWhole = seen !== text
      yield { kind: 'text' as const, text: seen }
    } catch (error) {
      // It is charged all the same.
      yield* others.filter(({ kind }) => kind === 'usage')
      throw error
    }
    yield* others
  }
  const stream = (question: Question, images: readonly string[], signal: AbortSignal) => {
    const { conversationKey, temperature = defaultTemperature, maxTokens = defaultMaxTokens } = question
    const messages = withImages(toPrompt(question), images)
    const fields = { max_tokens: maxTokens, temperature, ...vendorFields(conversationKey) }
    return streamChatCompletion({ client, name, model, messages, fields, deadlineMs }, signal)
  }

  const write = async (
    messages: OpenAI.ChatCompletionMessageParam[],
    fields: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    onUsage: OnUsage = () => undefined,
  ): Promise<string> => {
    let text = ''
    let usage: Usage | undefined
    try {
      for await (const event of streamChatCompletion({ client, name, model, messages, fields, deadlineMs }, signal)) {
        if (event.kind === 'text') text += event.text
        else if (event.kind === 'usage') usage = event.usage
      }
    } finally {
      if (text !== '' || usage !== undefined) onUsage(usage)
    }
    return afterThinking(text)
  }

  return {
    name,
    model,
    sees,
    continues: true,
    async *answer(question, signal) {
      const images = sees ? (question.images ?? []) : []
      try {
        yield* ask(question, images, signal)
      } catch (error) {
        // A model that takes no pictures after all, or not this one. What is in them is told in the text as well.
        if (images.length === 0 || !isAppError(error, 'answer.refused')) throw error
        yield* ask(question, [], signal)
      }
    },
    async rewrite(turns, signal, onUsage) {
      const fields = { max_tokens: 200, temperature: 0, ...vendorFields('rewrite') }
      return parseRewritten(await write(toRewritePrompt(turns), fields, signal, onUsage))
    },
    async summarize(before, turns, maxChars, signal, onUsage) {
      const messages = toSummaryPrompt(before, turns, maxChars)
      // Nobody's key: a summary is made for a conversation, and the vendor need not know whose.
      const fields = { max_tokens: Math.ceil(maxChars * 1.5), temperature: 0, ...vendorFields('summary') }
      const summary = await write(messages, fields, signal, onUsage)
      return summary.trim().slice(0, maxChars).toWellFormed()
    },
  }
}
