/**
 * Answers by an app of FastGPT, by the app's own key. FastGPT remembers the conversation under a `chatId` that we choose; it is told the history
 * once, and then only what is new. `detail` is off: then what comes is OpenAI's stream, and nothing of the app's inside.
 * Source: https://doc.fastgpt.io/docs/openapi/chat
 */
import { randomBytes } from 'node:crypto'
import OpenAI from 'openai'
import type { Answerer } from './answerer.ts'
import { parseFastgptRefusal, readStreamFault, toFastgptError } from './fastgpt-fault.ts'
import { streamChatCompletion } from './stream-chat-completion.ts'
import { toVendorText } from './to-vendor-text.ts'
import { toVendorName, type VendorConversations } from './vendor-conversations.ts'

export interface FastgptVendor {
  apiKey: string
  /** With or without `/api` or `/api/v1` at its end. */
  baseUrl: string
  conversations: VendorConversations
  /** For a whole answer. Default 60,000. */
  deadlineMs?: number
}

const NAME = 'fastgpt'

export function createFastgptAnswerer({
  apiKey,
  baseUrl,
  conversations,
  deadlineMs = 60_000,
}: FastgptVendor): Answerer {
  const base = baseUrl.replace(/\/+$/, '').replace(/(\/api)?(\/v[12])?$/, '')
  const vendor = toVendorName(NAME, base, apiKey)
  const client = new OpenAI({
    apiKey,
    baseURL: `${base}/api/v1`,
    organization: null,
    project: null,
    adminAPIKey: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: fetchWithFaults,
  })

  return {
    name: NAME,
    async *answer(question, signal) {
      const { conversationKey, persona } = question
      const known = await conversations.find(conversationKey, vendor)
      const told = toVendorText(question, known?.seenSeq)
      // Ours to choose; another one each time that we begin anew, so that nothing old is mixed in.
      const id = known?.id ?? `${conversationKey}-${randomBytes(4).toString('hex')}`
      const events = streamChatCompletion(
        {
          client,
          name: NAME,
          // Required by the protocol; the app has its own.
          model: NAME,
          messages: [{ role: 'user', content: told.text }],
          fields: { chatId: id, detail: false, ...(persona && { variables: { persona } }) },
          deadlineMs,
          toError: (error) => readStreamFault(NAME, error),
        },
        signal,
      )
      for await (const event of events) {
        // Only a whole answer is in FastGPT's memory for certain.
        if (event.kind === 'verdict') await conversations.save(conversationKey, vendor, { id, seenSeq: told.seq })
        yield event
      }
    },
  }
}

/** The SDK would not show us the body of a refusal, and in it alone is what FastGPT means. */
async function fetchWithFaults(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'error' })
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => undefined)
  throw toFastgptError(NAME, parseFastgptRefusal(body), response.status, response.headers)
}
