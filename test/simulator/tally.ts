/**
 * What the statistics are computed from: a count per account and per servicer for each day in China, kept as long as the
 * platform answers for. Every note costs the same however much was counted before.
 * Source: developer.work.weixin.qq.com/document/path/95489
 */
import { chinaDayStart } from './china-day.ts'
import { DAY_MS } from './clock.ts'
import type { Conversation } from './conversation.ts'

const KEPT_DAYS = 181

export interface AccountDay {
  sessions: number
  customers: Set<string>
  customerMessages: number
  /** Sessions, as `customer session`. */
  assistantSessions: Set<string>
  transferredSessions: Set<string>
  upgradedCustomers: Set<string>
  rejectedCustomers: Set<string>
}

export interface ServicerDay {
  sessions: Set<string>
  customers: Set<string>
  customerMessages: number
  repliedSessions: Set<string>
  firstReplySeconds: number
  memberInvites: number
  groupInvites: number
  memberCustomers: Set<string>
  groupCustomers: Set<string>
  rejectedCustomers: Set<string>
}

export type UpgradeKind = 'member' | 'groupchat'

export interface Tally {
  customerWrote(conversation: Conversation, isNewSession: boolean): void
  /** The API answered, which makes it the assistant's session. */
  assistantReplied(conversation: Conversation): void
  /** The session went to the pool or to a person. */
  wentToPeople(conversation: Conversation): void
  servicerReplied(conversation: Conversation, userId: string): void
  upgradeOffered(conversation: Conversation, kind: UpgradeKind): void
  upgradeTaken(conversation: Conversation, kind: UpgradeKind): void
  customerRejected(conversation: Conversation, userId: string): void
  /** Days by their start, in unix ms. */
  accountDay(day: number, openKfId: string): AccountDay | undefined
  /** Of the servicers of a day: all, or those that are named. */
  servicerDays(day: number, where: { openKfId?: string; userId?: string }): ServicerDay[]
}

interface Day {
  accounts: Map<string, AccountDay>
  servicers: Map<string, { openKfId: string; userId: string; counts: ServicerDay }>
}

export function createTally(now: () => number): Tally {
  const days = new Map<number, Day>()
  /** When a servicer's customer began to wait for the first reply of a session. */
  const waitingSince = new Map<string, number>()

  const today = (): Day => {
    const start = chinaDayStart(now())
    const known = days.get(start)
    if (known !== undefined) return known
    const day: Day = { accounts: new Map(), servicers: new Map() }
    days.set(start, day)
    for (const old of days.keys()) if (old < start - KEPT_DAYS * DAY_MS) days.delete(old)
    return day
  }
  const account = (openKfId: string) => {
    const { accounts } = today()
    const counts = accounts.get(openKfId) ?? emptyAccountDay()
    accounts.set(openKfId, counts)
    return counts
  }
  const servicer = (openKfId: string, userId: string) => {
    const { servicers } = today()
    const key = `${openKfId} ${userId}`
    const entry = servicers.get(key) ?? { openKfId, userId, counts: emptyServicerDay() }
    servicers.set(key, entry)
    return entry.counts
  }
  const sessionOf = ({ externalUserId, session }: Conversation) => `${externalUserId} ${session}`
  const waitKey = (conversation: Conversation) => `${conversation.openKfId} ${sessionOf(conversation)}`

  return {
    customerWrote: (conversation, isNewSession) => {
      const { openKfId, externalUserId, servicerUserId } = conversation
      const counts = account(openKfId)
      if (isNewSession) counts.sessions += 1
      counts.customers.add(externalUserId)
      counts.customerMessages += 1
      if (servicerUserId === '') return
      const own = servicer(openKfId, servicerUserId)
      own.sessions.add(sessionOf(conversation))
      own.customers.add(externalUserId)
      own.customerMessages += 1
      if (!own.repliedSessions.has(sessionOf(conversation)) && !waitingSince.has(waitKey(conversation))) {
        waitingSince.set(waitKey(conversation), now())
      }
    },
    assistantReplied: (conversation) => {
      account(conversation.openKfId).assistantSessions.add(sessionOf(conversation))
    },
    wentToPeople: (conversation) => {
      const { openKfId, externalUserId, servicerUserId } = conversation
      account(openKfId).transferredSessions.add(sessionOf(conversation))
      if (servicerUserId === '') return
      const own = servicer(openKfId, servicerUserId)
      own.sessions.add(sessionOf(conversation))
      own.customers.add(externalUserId)
    },
    servicerReplied: (conversation, userId) => {
      const own = servicer(conversation.openKfId, userId)
      const session = sessionOf(conversation)
      own.sessions.add(session)
      own.customers.add(conversation.externalUserId)
      if (own.repliedSessions.has(session)) return
      own.repliedSessions.add(session)
      const since = waitingSince.get(waitKey(conversation)) ?? now()
      waitingSince.delete(waitKey(conversation))
      own.firstReplySeconds += (now() - since) / 1000
    },
    upgradeOffered: ({ openKfId, externalUserId, servicerUserId }, kind) => {
      account(openKfId).upgradedCustomers.add(externalUserId)
      if (servicerUserId === '') return
      const own = servicer(openKfId, servicerUserId)
      if (kind === 'member') own.memberInvites += 1
      else own.groupInvites += 1
    },
    upgradeTaken: ({ openKfId, externalUserId, servicerUserId }, kind) => {
      if (servicerUserId === '') return
      const own = servicer(openKfId, servicerUserId)
      const customers = kind === 'member' ? own.memberCustomers : own.groupCustomers
      customers.add(externalUserId)
    },
    customerRejected: ({ openKfId, externalUserId }, userId) => {
      account(openKfId).rejectedCustomers.add(externalUserId)
      servicer(openKfId, userId).rejectedCustomers.add(externalUserId)
    },
    accountDay: (day, openKfId) => days.get(day)?.accounts.get(openKfId),
    servicerDays: (day, where) =>
      [...(days.get(day)?.servicers.values() ?? [])]
        .filter(({ openKfId }) => where.openKfId === undefined || where.openKfId === openKfId)
        .filter(({ userId }) => where.userId === undefined || where.userId === userId)
        .map(({ counts }) => counts),
  }
}

function emptyAccountDay(): AccountDay {
  return {
    sessions: 0,
    customers: new Set(),
    customerMessages: 0,
    assistantSessions: new Set(),
    transferredSessions: new Set(),
    upgradedCustomers: new Set(),
    rejectedCustomers: new Set(),
  }
}

function emptyServicerDay(): ServicerDay {
  return {
    sessions: new Set(),
    customers: new Set(),
    customerMessages: 0,
    repliedSessions: new Set(),
    firstReplySeconds: 0,
    memberInvites: 0,
    groupInvites: 0,
    memberCustomers: new Set(),
    groupCustomers: new Set(),
    rejectedCustomers: new Set(),
  }
}
