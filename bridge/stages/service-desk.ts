/**
 * What a good service desk decides around the model: what is said without asking it, what becomes of what it wrote, and when a
 * person takes over. The reply stage asks at these points and stores whatever is decided; nothing is sent from in here but the hand-over itself.
 *
 * Order for one range of messages: `consider` → the model → `screen` before each piece of its text is stored → `conclude` → the
 * reply is stored and sent → `handOver`, when that was decided. A crash in between repeats what was not stored; a hand-over that was
 * stored is carried out after it.
 */
import type { Turn, Verdict } from '../answer/answerer.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { RememberedMessage } from '../store/conversation-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'

export interface Ask {
  claim: ConversationClaim
  settings: AccountSettings
  /** What came since the last answer, oldest first: everything readable of it, events included. */
  unanswered: readonly RememberedMessage[]
  /** What the customer typed or spoke of it, and nothing of the pages and files that came along. */
  said: readonly string[]
  /** The conversation as the model would see it. */
  turns: readonly Turn[]
  /** Messages that the platform still takes before the customer writes again. */
  quotaLeft: number
}

/** `cause` is a short constant name, for the row and the log: `asked-for-person`, `closed`, `flood` … */
export type Consideration =
  /**
   * The model is asked. `whole`: nothing is sent before its whole answer is known. `question`: what the customer's last words stand for, where
   * they tapped a menu. `answerer`: who is asked instead of the account's own chain, by name; nobody else when it fails.
   */
  | { kind: 'ask'; whole?: boolean; question?: string; answerer?: string }
  /** Said as it is; the model is not asked. */
  | { kind: 'say'; contents: readonly ReplyContent[]; cause: string }
  /** These messages are done with, and nothing is said. */
  | { kind: 'quiet'; cause: string }
  /** A person takes over, after `contents` is sent. */
  | { kind: 'hand-over'; cause: string; contents?: readonly ReplyContent[] }

export interface DraftToConclude extends Ask {
  /** `failed`: no model gave an answer; `reason` is the error's code. */
  verdict: Verdict | 'failed'
  reason: string
  /** Of the model, all of it; '' when it failed. */
  text: string
  /** True when a first piece of it is stored already and can't be taken back. */
  isBegun: boolean
}

export type Conclusion =
  /** The draft goes as it is, then `append`. Only where the verdict is `answered`. */
  | { kind: 'send'; append?: readonly ReplyContent[] }
  /** In place of what is not stored yet. A person sees it in the list of what is parked unless `isSettled`. */
  | { kind: 'say'; contents: readonly ReplyContent[]; isSettled?: boolean }
  | { kind: 'hand-over'; cause: string; contents?: readonly ReplyContent[] }

export type HandedOver =
  /** The platform says that a person, or the pool, has the conversation: the bot falls silent. */
  | { kind: 'handed-over'; state?: number }
  /** Nobody is there: the bot goes on, and `contents` says so. */
  | { kind: 'stays'; why?: 'closed' | 'nobody'; contents?: readonly ReplyContent[] }
  /** To be tried again. */
  | { kind: 'later'; afterMs: number; reason: string }

/** Each one may reject with an `AppError`; the work is then tried again. */
export interface ServiceDesk {
  consider(ask: Ask, signal: AbortSignal): Promise<Consideration>
  /** The `question` that `consider` would say, and nothing else of it: for an answer that is written on after a crash. */
  restate(ask: Ask): string | undefined
  /** False: this text, the whole of it so far, must not go out. Then what follows is concluded as `no_answer`. Runs often: keep it cheap. */
  screen(ask: Ask, text: string): boolean
  conclude(draft: DraftToConclude, signal: AbortSignal): Promise<Conclusion>
  /**
   * After the reply is stored and its parts are settled. Repeated after a crash, so it looks at the platform's state first. It writes no row of
   * the conversation: its result is stored here.
   */
  handOver(claim: ConversationClaim, cause: string, signal: AbortSignal): Promise<HandedOver>
}
