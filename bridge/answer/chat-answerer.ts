/** An answerer over any vendor that speaks OpenAI's chat completions; what is the vendor's own comes in as fields. */
import OpenAI from 'openai'
import type { Answerer } from './answerer.ts'
import { streamChatCompletion } from './stream-chat-completion.ts'
import { SYSTEM_PROMPT } from './system-prompt.ts'
import { toChatMessages } from './to-chat-messages.ts'

export interface ChatVendor {
  apiKey: string
  baseUrl: string
  /** Names are retired now and then, so it is always the operator's choice. */
  model: string
  /** For a whole answer. Default 60,000. */
  deadlineMs?: number
  fetch?: typeof fetch
}

// Three messages of WeChat hold about 2,000 Chinese characters.
const maxTokens = 1500
const temperature = 0.3

export function createChatAnswerer(
  name: string,
  { apiKey, baseUrl, model, deadlineMs = 60_000, fetch }: ChatVendor,
  vendorFields: (conversationKey: string) => Readonly<Record<string, unknown>>,
): Answerer {
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
          fields: { max_tokens: maxTokens, temperature, ...vendorFields(conversationKey) },
          deadlineMs,
        },
        signal,
      ),
  }
}
