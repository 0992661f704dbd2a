/**
 * A conversation's rows as turns for the model, and whether there is anything in them to answer. What was not delivered
 * is said to be so: the model must not build on words that the customer never saw.
 */
import type { Turn } from '../answer/answerer.ts'
import type { RememberedMessage, RememberedPart } from '../store/conversation-store.ts'

export interface Memory {
  messages: readonly RememberedMessage[]
  parts: readonly RememberedPart[]
}

const CUSTOMER = 3
const SERVICER = 5
/** The late result of a slow document; see message-store.ts. */
const OURS = 0

/** Stands where answers would be that were given before a restore and that nobody knows of. */
const MAYBE_ANSWERED = '（以上消息可能已经答复过，由人工跟进，不必再答）'
const NOT_DELIVERED = '（这条回复没有送达客户）'

export function toTurns({ messages, parts }: Memory, partText: (payload: string) => string): Turn[] {
  const replies = Map.groupBy(
    parts.filter(({ isNotice }) => isNotice === 0),
    (part) => part.uptoSeq,
  )
  const notices = parts.filter(({ isNotice }) => isNotice === 1)
  const turns: Turn[] = []
  /** With the number of the message that may be a reply to it. Not between questions that nobody has answered: they belong together. */
  const tellNotices = (seq: number) => {
    for (; notices[0] !== undefined && notices[0].uptoSeq < seq; notices.shift()) {
      const text = partText(notices[0].payload)
      if (text !== '' && turns.at(-1)?.role !== 'customer') turns.push({ role: 'assistant', text, seq })
    }
  }
  let unsureSeq: number | undefined
  for (const message of messages) {
    if (unsureSeq !== undefined && message.state !== 'unsure') {
      turns.push({ role: 'assistant', text: MAYBE_ANSWERED, seq: unsureSeq })
    }
    unsureSeq = message.state === 'unsure' ? message.seq : undefined
    if (isReadable(message)) {
      tellNotices(message.seq)
      turns.push({ role: message.origin === SERVICER ? 'servicer' : 'customer', text: message.text, seq: message.seq })
    }
    const reply = replies.get(message.seq)
    if (reply !== undefined) turns.push({ role: 'assistant', text: toReplyText(reply, partText), seq: message.seq })
  }
  return turns
}

/** Something of the customer, or found out for them, that no person of the company has spoken after. */
export function hasUnanswered(messages: readonly RememberedMessage[], answeredSeq: number): boolean {
  const last = messages.findLast((message) => message.seq > answeredSeq && isReadable(message))
  return last !== undefined && last.origin !== SERVICER
}

export function isReadable({ origin, state, text }: RememberedMessage): boolean {
  if (origin !== CUSTOMER && origin !== SERVICER && origin !== OURS) return false
  return state !== 'new' && state !== 'recalled' && text !== ''
}

function toReplyText(parts: readonly RememberedPart[], partText: (payload: string) => string): string {
  const text = parts.map((part) => partText(part.payload)).join('\n')
  return parts.every((part) => ['sent', 'ready', 'sending'].includes(part.state)) ? text : `${text}\n${NOT_DELIVERED}`
}
