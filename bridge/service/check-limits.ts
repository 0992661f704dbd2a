/**
 * Whether a customer is answered at all, or is told once that this is too much and then hears nothing until it is over. It looks at what is
 * stored, so it is the same in every process.
 */
import type { AccountSettings } from '../settings/account-settings.ts'

/** A message of the customer. */
export interface RecentMessage {
  /** Unix ms, by the platform's clock. */
  sentAt: number
  /** How it begins; '' for one that is no text. */
  text: string
}

export interface LimitFacts {
  now: number
  /** The customer's last messages, oldest first, those that are to be answered included. */
  recent: readonly RecentMessage[]
  /** Those that are to be answered: as many of the last ones. */
  unanswered: number
  /** Characters of the longest text among them. */
  longest: number
  /** Answers of the account in the last minute. */
  accountAnswers: number
  /** When the customer was last told that it is too much, unix ms; 0: never. */
  hushedAt: number
}

export type LimitVerdict =
  | { kind: 'fine' }
  /** `text` is said once, then nothing: `quiet`. */
  | { kind: 'say'; cause: LimitCause; text: string }
  | { kind: 'quiet'; cause: LimitCause }

export type LimitCause = 'too-fast' | 'too-busy' | 'repeated' | 'too-long'

const MINUTE_MS = 60_000
const RECENT_MS = 10 * MINUTE_MS

export function checkLimits(limits: AccountSettings['limits'], facts: LimitFacts): LimitVerdict {
  const { now, unanswered, longest, accountAnswers, hushedAt } = facts
  // By when it was written, not by when we came to read it.
  const newestAt = Math.max(...facts.recent.map(({ sentAt }) => sentAt))
  const recent = facts.recent.filter(({ sentAt }) => sentAt > newestAt - RECENT_MS)
  const isHushed = hushedAt > now - MINUTE_MS
  const once = (cause: LimitCause, text: string): LimitVerdict =>
    isHushed || text === '' ? { kind: 'quiet', cause } : { kind: 'say', cause, text }

  const inMinute = recent.filter(({ sentAt }) => sentAt > newestAt - MINUTE_MS).length
  if (limits.perCustomerPerMinute > 0 && inMinute > limits.perCustomerPerMinute) {
    return once('too-fast', limits.textTooFast)
  }
  if (limits.repeats > 0 && isRepeating(recent, unanswered, limits.repeats)) {
    return once('repeated', limits.textRepeated)
  }
  if (limits.maxChars > 0 && longest > limits.maxChars) {
    // Each is an answer to another message, so it is said each time.
    return { kind: 'say', cause: 'too-long', text: limits.textTooLong }
  }
  if (limits.perAccountPerMinute > 0 && accountAnswers >= limits.perAccountPerMinute) {
    return once('too-busy', limits.textBusy)
  }
  return { kind: 'fine' }
}

/** Everything that waits was said often enough before. One new word among it, and all is answered. */
function isRepeating(recent: readonly RecentMessage[], unanswered: number, limit: number): boolean {
  const newest = recent.slice(Math.max(0, recent.length - unanswered))
  const times = (wanted: string) => recent.filter(({ text }) => toWords(text) === wanted).length
  return newest.length > 0 && newest.every(({ text }) => toWords(text) !== '' && times(toWords(text)) >= limit)
}

function toWords(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Z}\p{P}\p{C}]/gu, '')
}
