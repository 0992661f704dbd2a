/**
 * The turns of a conversation as chat messages. What the customer asked now always goes along; of what was before, as much
 * as there is room for, newest first. Neighbouring messages of one role become one, which every vendor accepts.
 */

import { cleanText } from '../../shared/clean-text.ts'
import type { Turn } from './answerer.ts'

export interface ChatMessage {
  role: 'user' | 'assistant'
  content: string
}

export interface ChatMessagesOptions {
  /** For all messages together, in UTF-16 units; one Chinese character is about 0.6 tokens. Default 12,000. */
  maxChars?: number
}

/** Begins what a person of the company said. */
export const SERVICER_MARK = '【人工客服】'

const omission = '\n……（中间略）……\n'
const blank = '（空消息）'

/** The last message is always the customer's. */
export function toChatMessages(turns: readonly Turn[], { maxChars = 12_000 }: ChatMessagesOptions = {}): ChatMessage[] {
  const messages: ChatMessage[] = []
  for (const turn of turns) {
    const message = toMessage(turn)
    if (message.content === '') continue
    const last = messages.at(-1)
    if (last?.role === message.role) last.content += `\n${message.content}`
    else messages.push(message)
  }
  if (messages.at(-1)?.role !== 'user') messages.push({ role: 'user', content: blank })

  const kept: ChatMessage[] = []
  let left = maxChars
  for (const message of messages.toReversed()) {
    // The question itself is cut if it must be; anything older is taken whole or not at all.
    const content = kept.length === 0 ? cutMiddle(message.content, maxChars) : message.content
    if (content.length > left) break
    left -= content.length
    kept.push({ role: message.role, content })
  }
  return kept.reverse()
}

function toMessage({ role, text }: Turn): ChatMessage {
  const content = cleanText(text).trim()
  if (role === 'customer') return { role: 'user', content }
  return { role: 'assistant', content: role === 'servicer' && content !== '' ? SERVICER_MARK + content : content }
}

/** People say what they want at the beginning or at the end. */
function cutMiddle(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const half = Math.max(0, Math.floor((maxChars - omission.length) / 2))
  return (text.slice(0, half) + omission + text.slice(text.length - half)).toWellFormed()
}
