/** Answers by any other server of OpenAI's protocol. Only documented fields are sent, since some refuse what they do not know. */
import type { Answerer } from './answerer.ts'
import { type ChatVendor, createChatAnswerer } from './chat-answerer.ts'

export function createOpenaiAnswerer(vendor: ChatVendor): Answerer {
  return createChatAnswerer('openai', { mayThinkAloud: true, ...vendor }, () => ({}))
}
