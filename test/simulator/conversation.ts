/**
 * One customer at one account: the session's state, the 48 h window with its allowance of five, and the codes that allow
 * one message on an event. Sources: path/94669 (states), path/94677 (allowance), path/95122 (codes).
 */
import { HOUR_MS, SECOND_MS } from './clock.ts'

export type ServiceState = 0 | 1 | 2 | 3 | 4

export const WINDOW_MS = 48 * HOUR_MS

export interface Conversation {
  readonly openKfId: string
  readonly externalUserId: string
  /** 0 new, 1 assistant, 2 pool, 3 person, 4 ended or not begun. Read it through `currentState`. */
  state: ServiceState
  servicerUserId: string
  /** Unix ms of the last customer message; undefined when there was none. */
  lastWrittenAt: number | undefined
  /** Sent by the API since then. */
  sentSince: number
  /** Unix ms of the last welcome that was sent. */
  welcomedAt: number | undefined
  /** States for which this session has had its msg_code. */
  codesGiven: Set<ServiceState>
  /** Counts up with each session. */
  session: number
  /** Unix ms of the last customer message that was no menu tap. */
  initiatedAt: number | undefined
  /** Unix ms of the last business card that was sent. */
  cardSentAt: number | undefined
  /** A servicer has blocked the customer: what they write goes nowhere. */
  rejectsCustomer: boolean
  /** The customer has blocked the account: what is sent is accepted and does not arrive. */
  blockedByCustomer: boolean
}

export function createConversation(openKfId: string, externalUserId: string): Conversation {
  return {
    openKfId,
    externalUserId,
    state: 4,
    servicerUserId: '',
    lastWrittenAt: undefined,
    sentSince: 0,
    welcomedAt: undefined,
    codesGiven: new Set(),
    session: 0,
    initiatedAt: undefined,
    cardSentAt: undefined,
    rejectsCustomer: false,
    blockedByCustomer: false,
  }
}

/** A session ends by itself 48 h after the customer's last message. */
export function currentState(conversation: Conversation, now: number): ServiceState {
  const { state, lastWrittenAt } = conversation
  return lastWrittenAt === undefined || now - lastWrittenAt > WINDOW_MS ? 4 : state
}

export function enterState(conversation: Conversation, state: ServiceState, servicerUserId = ''): void {
  conversation.state = state
  conversation.servicerUserId = state === 3 ? servicerUserId : ''
}

/**
 * A message of the customer begins a session where there is none and renews the allowance. Returns whether it began one.
 * `isTap`: a tap on a menu, which is a message that the customer did not write.
 */
export function noteCustomerMessage(
  conversation: Conversation,
  now: number,
  { isTap, renewsAllowance }: { isTap: boolean; renewsAllowance: boolean },
): boolean {
  const isNewSession = currentState(conversation, now) === 4
  if (isNewSession) {
    enterState(conversation, 0)
    conversation.codesGiven = new Set()
    conversation.session += 1
  }
  conversation.lastWrittenAt = now
  if (!isTap) conversation.initiatedAt = now
  if (renewsAllowance) conversation.sentSince = 0
  return isNewSession
}

export type EventCodeKind = 'welcome' | 'pool' | 'taken' | 'end'

interface CodeRule {
  lifetimeMs: number
  msgtypes: readonly string[]
  /** The state in which the session must still be; undefined: any. */
  state: ServiceState | undefined
}

export const EVENT_CODE_RULES: Readonly<Record<EventCodeKind, CodeRule>> = {
  welcome: { lifetimeMs: 20 * SECOND_MS, msgtypes: ['text', 'msgmenu'], state: undefined },
  pool: { lifetimeMs: 48 * HOUR_MS, msgtypes: ['text'], state: 2 },
  taken: { lifetimeMs: 48 * HOUR_MS, msgtypes: ['text'], state: 3 },
  end: { lifetimeMs: 20 * SECOND_MS, msgtypes: ['text', 'msgmenu'], state: 4 },
}

export interface EventCode {
  kind: EventCodeKind
  conversation: Conversation
  /** Unix ms. */
  issuedAt: number
  used: boolean
}
