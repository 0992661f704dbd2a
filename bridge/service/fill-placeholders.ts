/** Puts what is known of a customer into what they are told. */
import type { ReplyContent } from '../wecom/outgoing-content.ts'

const MAX_NICKNAME_CHARS = 20

/** `{name}` by its value, in every word that is shown; what has no value is left out. */
export function fillPlaceholders(content: ReplyContent, values: Readonly<Record<string, string>>): ReplyContent {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  if (content.type === 'text') return { ...content, text: fill(content.text) }
  if (content.type !== 'menu') return content
  return {
    ...content,
    ...(content.head === undefined ? {} : { head: fill(content.head) }),
    ...(content.tail === undefined ? {} : { tail: fill(content.tail) }),
  }
}

/** A customer chooses it: one line, and short. */
export function toShownNickname(nickname: string): string {
  const oneLine = nickname.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return Array.from(oneLine).slice(0, MAX_NICKNAME_CHARS).join('')
}
