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
}

export interface Question {
  /** Opaque and stable per customer, `[A-Za-z0-9_-]`, holds no personal data. For the vendor's `user_id`. */
  conversationKey: string
  /** Oldest first. Ends with one or more turns of the customer: those are what is to be answered. */
  turns: readonly Turn[]
}

export type Verdict = 'answered' | 'no_answer' | 'hand_over'

export interface Usage {
  model: string
  inputTokens: number
  cachedInputTokens: number
  outputTokens: number
}

export type AnswerEvent =
  | { kind: 'text'; text: string }
  | { kind: 'usage'; usage: Usage }
  /** Exactly one, last. */
  | { kind: 'verdict'; verdict: Verdict }

export interface Answerer {
  /** As in ANSWERER, e.g. `deepseek`. */
  readonly name: string
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerEvent>
}
