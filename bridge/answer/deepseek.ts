/**
 * Answers by DeepSeek. Thinking is on by default there and is switched off: a customer waits. `user_id` keeps the cache and the
 * vendor's checks of one customer apart from those of another.
 * Source: https://api-docs.deepseek.com
 */
import type { Answerer } from './answerer.ts'
import { type ChatVendor, createChatAnswerer } from './chat-answerer.ts'

export function createDeepseekAnswerer(vendor: ChatVendor): Answerer {
  return createChatAnswerer('deepseek', vendor, (conversationKey) => ({
    thinking: { type: 'disabled' },
    user_id: conversationKey,
  }))
}
