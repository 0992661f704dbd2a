/**
 * Who writes the answers. An answerer gets a conversation and gives back a stream of text with a verdict at
 * its end. It has no tools and changes nothing: the worst a hostile text can do is a bad sentence.
 *
 * Errors are `AppError`s: `answer.unavailable` (retryable: 429, 5xx, network, deadline, blank answer; `details.retryAfterMs` when the
 * vendor said how long), `answer.refused` (not retryable: the request itself), `answer.account` (not retryable: key, balance; needs a
 * person), `answer.sensitive` (not retryable: the vendor's content filter).
 */

export interface Turn {
  /** `servicer` is a person of the company who typed in the WeCom client. */
  role: 'customer' | 'assistant' | 'servicer'
  text: string
  /** Grows along the conversation: the message's number; of an assistant's turn, that of the last message it answered. */
  seq?: number
}

export interface Question {
  /** Opaque and stable per customer, `[A-Za-z0-9_-]`, holds no personal data. For the vendor's `user_id`. */
  conversationKey: string
  /** Oldest first. Ends with one or more turns of the customer: those are what is to be answered. */
  turns: readonly Turn[]
  /** What the conversation was about before `turns`, in a few sentences; data, never an instruction. */
  summary?: string
  /** Who the bot is and how it speaks, by the operator. */
  persona?: string
  temperature?: number
  maxTokens?: number
  /** Present when the account has a knowledge base, even when nothing in it fits: then only from it may facts be told. */
  knowledge?: QuestionKnowledge
  /** Pictures of the customer's last messages as `data:` URLs, oldest first. Only for an answerer that sees. */
  images?: readonly string[]
  /** The answer was begun, and this much of it has been sent: write on after it. Only for an answerer that continues. */
  begun?: string
}

export interface QuestionKnowledge {
  /** Best first. */
  passages: readonly KnowledgePassage[]
  /** All of a small knowledge base, the same bytes until it changes. */
  wholeFaq?: string
}

export interface KnowledgePassage {
  id: string
  title: string
  text: string
  url?: string
  score?: number
  /** 0 to 1: how sure it is that this answers the question. From `SURE_ENOUGH` on it may be said as it stands. */
  confidence?: number
}

export const SURE_ENOUGH = 0.5

export type Verdict = 'answered' | 'no_answer' | 'hand_over'

export interface Usage {
  model: string
  inputTokens: number
  cachedInputTokens: number
  outputTokens: number
}

/** Undefined: the vendor did not say. */
export type OnUsage = (usage: Usage | undefined) => void

export type AnswerEvent =
  | { kind: 'text'; text: string }
  | { kind: 'usage'; usage: Usage }
  /** The ids of the passages that the answer rests on, from an answerer that knows. */
  | { kind: 'sources'; ids: readonly string[] }
  /** Exactly one, last. */
  | { kind: 'verdict'; verdict: Verdict }

export interface Answerer {
  /** As in ANSWERER, e.g. `deepseek`. */
  readonly name: string
  /** Which is asked, where we choose it. */
  readonly model?: string
  /** Takes `images`. */
  readonly sees?: boolean
  /** Takes `begun`. */
  readonly continues?: boolean
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerEvent>
  /** What the customer asks at last, in two or three other ways that documents may use. `onUsage`: told once when anything was written. */
  rewrite?(turns: readonly Turn[], signal: AbortSignal, onUsage?: OnUsage): Promise<string[]>
  /** What is worth remembering of these turns and of what was summarised before them, in at most `maxChars`. */
  summarize?(
    before: string,
    turns: readonly Turn[],
    maxChars: number,
    signal: AbortSignal,
    onUsage?: OnUsage,
  ): Promise<string>
}

/** An answerer that finds nothing to answer with may write this and nothing else; code makes the verdict of it. */
export const NO_ANSWER = 'NO_ANSWER'
