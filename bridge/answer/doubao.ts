/**
 * Answers by Doubao through Volcano Ark. Thinking is on by default there and is switched off: a customer waits. The model is a full
 * dated id or an endpoint's (`ep-…`); short names are not known there.
 * Source: https://www.volcengine.com/docs/82379/1494384
 */
import type { Answerer } from './answerer.ts'
import { type ChatVendor, createChatAnswerer } from './chat-answerer.ts'

export function createDoubaoAnswerer(vendor: ChatVendor): Answerer {
  return createChatAnswerer('doubao', vendor, () => ({ thinking: { type: 'disabled' } }))
}
