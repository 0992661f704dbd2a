/**
 * A vendor with a memory of its own knows a customer's conversation by an id. We keep it per customer and vendor, with how far the
 * vendor has followed: from then on only what is new is told.
 */
import { createHash } from 'node:crypto'

export interface VendorConversation {
  /** The vendor's own. */
  id: string
  /** `Turn.seq` of the last turn that the vendor knows. */
  seenSeq: number
}

/** `vendor` is what `toVendorName` makes. Each rejects with `database.*` (retryable). */
export interface VendorConversations {
  find(conversationKey: string, vendor: string): Promise<VendorConversation | undefined>
  save(conversationKey: string, vendor: string, conversation: VendorConversation): Promise<void>
  /** What is not there is forgotten already. */
  forget(conversationKey: string, vendor: string): Promise<void>
}

/** Another app or another server remembers nothing of this one's customers: so the name tells them apart, without telling the key. */
export function toVendorName(answerer: string, ...identity: readonly string[]): string {
  return `${answerer}:${createHash('sha256').update(identity.join('\0')).digest('hex').slice(0, 12)}`
}

/** For a question that stands alone, such as a trial. */
export const NO_CONVERSATIONS: VendorConversations = {
  find: async () => undefined,
  save: async () => undefined,
  forget: async () => undefined,
}
