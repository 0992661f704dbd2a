/**
 * Answers by DeepSeek. Thinking is on by default there and is switched off: a customer waits. `user_id` keeps the cache and the
 * vendor's checks of one customer apart from those of another.
 * Source: https://api-docs.deepseek.com
 */
import OpenAI from 'openai'
import type { Answerer } from './answerer.ts'
import { streamChatCompletion } from './stream-chat-completion.ts'
import { SYSTEM_PROMPT } from './system-prompt.ts'
import { toChatMessages } from './to-chat-messages.ts'

export interface DeepseekOptions {
  apiKey: string
  baseUrl: string
  /** E.g. `deepseek-flash`. Names are retired now and then, so it is always the operator's choice. */
  model: string
  /** For a whole answer. Default 60,000. */
  deadlineMs?: number
  fetch?: typeof fetch
}

// Three messages of WeChat hold about 2,000 Chinese characters.
const maxTokens = 1500
const temperature = 0.3

export function createDeepseekAnswerer({
  apiKey,
  baseUrl,
  model,
  deadlineMs = 60_000,
  fetch,
}: DeepseekOptions): Answerer {
  const name = 'deepseek'
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    // Given, so that settings meant for OpenAI's own service are not sent here.
    organization: null,
    project: null,
    adminAPIKey: null,
    maxRetries: 0,
    logLevel: 'off',
    ...(fetch === undefined ? {} : { fetch }),
  })
  return {
    name,
    answer: ({ conversationKey, turns }, signal) =>
      streamChatCompletion(
        {
          client,
          name,
          model,
          messages: [{ role: 'system', content: SYSTEM_PROMPT }, ...toChatMessages(turns)],
          fields: { max_tokens: maxTokens, temperature, thinking: { type: 'disabled' }, user_id: conversationKey },
          deadlineMs,
        },
        signal,
      ),
  }
}
