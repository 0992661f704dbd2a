/**
 * Gives a conversation to a person: the platform's state is read first, then somebody on duty is asked, or the pool. What the platform was told is
 * recorded with the customer's notice in one transaction. After a crash in between, the state says that it is done, so nobody is given a
 * customer twice; the code for the notice is lost with the crash then, and while a person has the session nothing else can be sent.
 * States: https://developer.work.weixin.qq.com/document/path/94669
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Turn } from '../answer/answerer.ts'
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { HandedOver } from '../stages/service-desk.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { DeskStore } from '../store/desk-store.ts'
import type { Servicer } from '../wecom/endpoints/list-servicers.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { chooseServicers } from './choose-servicer.ts'
import { fillPlaceholders, toShownNickname } from './fill-placeholders.ts'
import { fitBytes } from './fit-bytes.ts'
import { describeHours, isOpen } from './is-open.ts'
import { toHandoverSummary } from './to-handover-summary.ts'

export interface CustomerPlace {
  openKfId: string
  externalUserId: string
}

/** What it needs of the platform; each rejects as wecom-client.ts says. */
export interface DeskPlatform {
  getState(place: CustomerPlace, signal: AbortSignal): Promise<{ state: number; servicerUserId: string }>
  listServicers(openKfId: string, signal: AbortSignal): Promise<readonly Servicer[]>
  /** Returns the code for one message, '' when there is none. */
  give(place: CustomerPlace, to: { state: 2 } | { state: 3; userId: string }, signal: AbortSignal): Promise<string>
  /** Nickname and scene; rejects when they can't be had. */
  getCustomer(externalUserId: string, signal: AbortSignal): Promise<{ nickname: string; scene: string } | undefined>
}

export interface HandOverDeps {
  platform: DeskPlatform
  desk: Pick<DeskStore, 'read' | 'recordGiven' | 'servicerTurns' | 'waiting' | 'leaveMessage'>
  settingsOf: (openKfId: string) => AccountSettings
  /** The end of the conversation, for the summary. */
  turnsOf: (claim: ConversationClaim) => Promise<readonly Turn[]>
  wakeNotice: (msgid: string) => void
  now: () => number
  log: Logger
  /** Until the platform is asked again when it does not answer, ms. */
  retryMs: number
}

export interface HandOver {
  handOver(claim: ConversationClaim, cause: string, signal: AbortSignal): Promise<HandedOver>
  /** Whether a person could take it right now. Does not reject: a platform that does not answer has nobody. */
  isSomebodyThere(openKfId: string, signal: AbortSignal): Promise<boolean>
}

type Given = { state: number; servicerUserId: string; code: string }

const [POOL, PERSON] = [2, 3] as const
/** So many people are asked who have stopped a moment ago. */
const MAX_TRIES = 5
const CODE_MS = 48 * 3_600_000
const MAX_TEXT_BYTES = 2048
const NAME_MS = 1000

export function createHandOver(deps: HandOverDeps): HandOver {
  const { platform, desk, settingsOf, log } = deps

  const servicersOf = async (openKfId: string, signal: AbortSignal): Promise<readonly Servicer[]> => {
    try {
      return await platform.listServicers(openKfId, signal)
    } catch (error) {
      // This access mode can't tell: then nobody can be named.
      if (isAppError(error, 'wecom.refused') && !error.retryable) return []
      throw error
    }
  }

  const nickname = async (claim: ConversationClaim, signal: AbortSignal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(NAME_MS)])
    const customer = await platform.getCustomer(claim.externalUserId, limit).catch(() => undefined)
    return { nickname: toShownNickname(customer?.nickname ?? ''), scene: customer?.scene ?? '' }
  }

  /** Undefined when nobody takes it. */
  const give = async (claim: ConversationClaim, signal: AbortSignal): Promise<Given | undefined> => {
    const { handover } = settingsOf(claim.openKfId)
    const [servicers, turns] = await Promise.all([
      servicersOf(claim.openKfId, signal),
      desk.servicerTurns(claim.openKfId),
    ])
    for (const userId of chooseServicers(handover, servicers, turns).slice(0, MAX_TRIES)) {
      try {
        const code = await platform.give(claim, { state: PERSON, userId }, signal)
        return { state: PERSON, servicerUserId: userId, code }
      } catch (error) {
        if (!isAppError(error, 'wecom.refused') || error.retryable || error.details.action === 'read-state') throw error
        log.warn('desk.servicer-refused', { conv: claim.conv, errcode: error.details.errcode })
      }
    }
    if (handover.to !== 'pool' && handover.absent !== 'pool') return undefined
    return { state: POOL, servicerUserId: '', code: await platform.give(claim, { state: POOL }, signal) }
  }

  const toNoticeText = async (claim: ConversationClaim, given: Given, summary: string): Promise<string> => {
    const { handover } = settingsOf(claim.openKfId)
    const ahead = given.state === POOL ? await desk.waiting(claim.openKfId) : 0
    const told = given.state === PERSON ? handover.textGiven : ahead > 0 ? handover.textPoolAhead : handover.textPool
    const text = told.replaceAll('{ahead}', String(ahead))
    return fitBytes([text, summary].filter((part) => part !== '').join('\n\n'), MAX_TEXT_BYTES)
  }

  const record = async (
    claim: ConversationClaim,
    given: Given,
    cause: string,
    signal: AbortSignal,
  ): Promise<HandedOver> => {
    const { conv, openKfId } = claim
    const { state, servicerUserId, code } = given
    const isTold = settingsOf(openKfId).handover.summary
    const [turns, known] = await Promise.all([deps.turnsOf(claim), nickname(claim, signal)])
    const summary = toHandoverSummary({ turns, ...known })
    const text = await toNoticeText(claim, given, isTold ? summary : '')
    const content: ReplyContent = fillPlaceholders({ type: 'text', text }, { nickname: known.nickname })
    const notice =
      code === '' || text === ''
        ? undefined
        : { channel: 'on_event' as const, code, expiresAt: deps.now() + CODE_MS, content }
    const msgid = await desk.recordGiven({ conv, openKfId, state, servicerUserId, cause, summary }, notice)
    if (msgid !== undefined) deps.wakeNotice(msgid)
    log.debug('desk.given', { conv, state, cause })
    return { kind: 'handed-over', state }
  }

  /** Nobody takes it: a line for people, and an honest word to the customer. */
  const stay = async (claim: ConversationClaim, cause: string, why: 'closed' | 'nobody'): Promise<HandedOver> => {
    const { handover, hours } = settingsOf(claim.openKfId)
    const turns = await deps.turnsOf(claim)
    await desk.leaveMessage(claim.conv, cause, toHandoverSummary({ turns, nickname: '', scene: '' }))
    log.debug('desk.message-left', { conv: claim.conv, cause, why })
    const closed = handover.textClosed.replaceAll('{hours}', describeHours(hours))
    const byCause: Readonly<Record<string, string>> = {
      'no-answer': handover.textNoAnswer,
      outage: handover.textOutage,
    }
    const text = byCause[cause] ?? (why === 'closed' ? closed : handover.textNobody)
    return { kind: 'stays', why, ...(text === '' ? {} : { contents: [{ type: 'text', text }] }) }
  }

  /** A person has it already, through us before a crash or without us. */
  const follow = async (
    claim: ConversationClaim,
    { state, servicerUserId }: { state: number; servicerUserId: string },
    cause: string,
  ): Promise<HandedOver> => {
    const known = await desk.read(claim.conv)
    if (known.state !== state || known.servicerUserId !== servicerUserId) {
      const { conv, openKfId } = claim
      await desk.recordGiven({ conv, openKfId, state, servicerUserId, cause, summary: '' }, undefined)
      log.debug('desk.found-given', { conv, state, cause })
    }
    return { kind: 'handed-over', state }
  }

  const handOver = async (claim: ConversationClaim, cause: string, signal: AbortSignal): Promise<HandedOver> => {
    const before = await platform.getState(claim, signal)
    if (before.state === POOL || before.state === PERSON) return follow(claim, before, cause)
    if (!isOpen(settingsOf(claim.openKfId).hours, deps.now())) return stay(claim, cause, 'closed')
    let given: Given | undefined
    try {
      given = await give(claim, signal)
    } catch (error) {
      if (!isAppError(error, 'wecom.refused') || error.details.action !== 'read-state') throw error
      // It has changed since it was read.
      const after = await platform.getState(claim, signal)
      return after.state === POOL || after.state === PERSON ? follow(claim, after, cause) : stay(claim, cause, 'nobody')
    }
    return given === undefined ? stay(claim, cause, 'nobody') : record(claim, given, cause, signal)
  }

  return {
    async handOver(claim, cause, signal) {
      try {
        return await handOver(claim, cause, signal)
      } catch (error) {
        if (signal.aborted || !isAppError(error)) throw error
        if (error.code === 'wecom.unreachable' || error.code === 'wecom.token' || error.retryable) {
          const afterMs = Number(error.details.retryAfterMs ?? deps.retryMs)
          return { kind: 'later', afterMs, reason: error.code }
        }
        // This access mode has no sessions to give away, or will not give this one.
        if (error.code === 'wecom.refused') return stay(claim, cause, 'nobody')
        throw error
      }
    },

    async isSomebodyThere(openKfId, signal) {
      const { handover, hours } = settingsOf(openKfId)
      if (!handover.enabled || !isOpen(hours, deps.now())) return false
      if (handover.to === 'pool' || handover.absent === 'pool') return true
      const servicers = await servicersOf(openKfId, signal).catch(() => [])
      return chooseServicers(handover, servicers, new Map()).length > 0
    },
  }
}
