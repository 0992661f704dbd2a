/** Where the reply stage gets what the company knows. Implemented by `knowledge/`. */
import type { Turn } from '../answer/answerer.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'

export interface Passage {
  /** Stable while the document is unchanged; stored with the reply as its source. */
  id: string
  title: string
  text: string
  /** Where the document is on the web; may be named in the answer. */
  url?: string
  /** Sent after the answer when this passage is what it rests on. */
  attachments?: readonly ReplyContent[]
  /** How well it fits, higher is better; only comparable within one call. */
  score?: number
  /** 0 to 1, comparable across calls: how sure it is that this answers the question. From 0.5 on it may be said as it stands. */
  confidence?: number
}

export interface Passages {
  /** Best first. */
  passages: readonly Passage[]
  /** All of a knowledge that is small enough to be always in the prompt. The same bytes until the knowledge changes. */
  wholeFaq?: string
  /** False when the account has no knowledge base: then the model answers as if this source did not exist. */
  isAssigned: boolean
}

export interface KnowledgeQuery {
  openKfId: string
  /** What the customer wrote since the last answer. */
  question: string
  turns: readonly Turn[]
}

export interface KnowledgeSource {
  /** Rejects with an `AppError`: `knowledge.unavailable` is tried again like a model that fails. */
  find(query: KnowledgeQuery, signal: AbortSignal): Promise<Passages>
}
