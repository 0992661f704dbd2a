import { createHash } from 'node:crypto'

/** As whom vendors know a customer's conversation: stable and opaque, they learn nothing of the customer from it. */
export function toConversationKey(conv: string): string {
  return createHash('sha256').update(conv).digest('hex').slice(0, 32)
}
