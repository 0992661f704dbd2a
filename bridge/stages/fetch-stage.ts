/**
 * Pulls an account from its cursor to the end: every page, every message of every page, empty pages included. A page and its cursor are
 * stored together before the next page is asked for. Nothing is answered here.
 */
import { isAppError } from '../../shared/app-error.ts'
import { EVERY_ACCOUNT } from '../../shared/nudge.ts'
import type { Logger } from '../logger.ts'
import type { RelayStanding } from '../relay/relay.ts'
import type { EventEffect } from '../store/apply-effect.ts'
import type { NewNotice } from '../store/insert-notice.ts'
import type { PageMessage, PageStore } from '../store/page-store.ts'
import type { SyncClaim, SyncStore } from '../store/sync-store.ts'
import type { PlatformEvent } from '../wecom/parse-platform-event.ts'
import type { SyncedMessage, WecomClient } from '../wecom/wecom-client.ts'
import type { Outcome } from './outcome.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { StageWork } from './run-stage.ts'
import type { StageTiming } from './stage-timing.ts'
import type { Waker } from './waker.ts'

export interface FetchDeps {
  sync: SyncStore
  pages: PageStore
  wecom: Pick<WecomClient, 'syncMessages' | 'listAccountIds'>
  parseEvent: (raw: string) => PlatformEvent
  /** The content of a message that needs nothing but itself to be read; undefined when the parse stage is needed. */
  readInline: (message: SyncedMessage) => { text: string; title: string } | undefined
  /** A short honest description of any message. */
  describe: (raw: string) => { text: string; title: string }
  /** What is told to the customer at once, by the account's settings; undefined for nothing. */
  planNotice?: (event: PlatformEvent, message: SyncedMessage) => NewNotice | undefined
  /** Whose the mailbox is: who works on another database than it must not answer beside them. Default: free to work. */
  standing?: () => Promise<RelayStanding>
  waker: Waker
  newLease: () => string
  now: () => number
  log: Logger
}

export interface FetchOptions {
  timing: Pick<StageTiming, 'leaseMs' | 'retry' | 'unreachable' | 'rateWindowMs'>
  /** Messages of the first replay that are older than this are history, not work. */
  coldStartMaxAgeMs: number
  /** Unix ms: up to then another system, before a restore, may have answered. */
  unsureUntilMs?: number
}

/** Older messages can't be answered any more: the platform's window is closed. */
const WINDOW_MS = 48 * 3_600_000
/** Until the mailbox is asked again whose it is, in ms: at the very first start, before anything was pulled. */
const CONNECTING_MS = 200
const INVALID_CURSOR = 50100
/** What a bad cursor is answered with is not documented: these say that something in the request is wrong, and it may be that. */
const INVALID_PARAMETER: readonly unknown[] = [40035, 40058]
/** After so many failures it is taken to be the cursor. */
const SUSPECT_AFTER = 2
/** One after the other, until the platform is left alone for a while. */
const MAX_EMPTY_PAGES = 20
/** Of the platform's fail types. */
const OVER_QUOTA = 6
/** Of the platform: a person has the session; it has ended. */
const [WITH_PERSON, ENDED] = [3, 4]

export function createFetchStage(
  deps: FetchDeps,
  { timing, coldStartMaxAgeMs, unsureUntilMs = 0 }: FetchOptions,
): StageWork<SyncClaim> {
  const { sync, pages, wecom, waker, log } = deps

  const refreshAccounts = async (signal: AbortSignal): Promise<void> => {
    const known = new Set(await sync.knownIds())
    const added = (await wecom.listAccountIds(signal)).filter((id) => !known.has(id))
    await sync.wantAll(added)
    for (const key of added) waker.wake({ stage: 'fetch', key })
    if (added.length > 0) log.info('fetch.accounts-found', { count: added.length })
  }

  const toRole = (message: SyncedMessage, primed: boolean): PageMessage['role'] => {
    if (message.type === 'event') return 'event'
    if (message.origin === 5) return 'servicer'
    if (message.origin !== 3) return 'event'
    const ageMs = deps.now() - message.sendTime
    if (message.sendTime <= unsureUntilMs) return primed ? 'unsure' : 'history'
    if (ageMs > WINDOW_MS) return primed ? 'stale' : 'history'
    return !primed && ageMs > coldStartMaxAgeMs ? 'history' : 'live'
  }

  const toPageMessage = (message: SyncedMessage, primed: boolean): PageMessage => {
    const role = toRole(message, primed)
    const content = role === 'live' ? deps.readInline(message) : deps.describe(message.raw)
    const event = role === 'event' && message.type === 'event' ? deps.parseEvent(message.raw) : undefined
    const effect = event && toEffect(event, message, log)
    const notice = event && deps.planNotice?.(event, message)
    // A code of the first replay that has run out is history; of a live one the row says that it came too late.
    const isHistory = !primed && (notice?.expiresAt ?? 0) <= deps.now()
    const { msgid, externalUserId, origin, type, raw, sendTime } = message
    return {
      ...{ msgid, externalUserId, origin, type, raw, sendTime, role },
      ...(content === undefined ? {} : { content }),
      ...(effect === undefined ? {} : { effect }),
      ...(notice === undefined || isHistory ? {} : { notice }),
    }
  }

  const pull = async (claim: SyncClaim, signal: AbortSignal): Promise<Outcome> => {
    let { token } = claim
    let emptyPages = 0
    const ask = async (cursor: string) => {
      try {
        return await wecom.syncMessages({ openKfId: claim.openKfId, cursor, token }, signal)
      } catch (error) {
        if (token === '' || !isRefusal(error, 'pull-without-token')) throw error
        token = ''
        return wecom.syncMessages({ openKfId: claim.openKfId, cursor, token }, signal)
      }
    }
    for (let current = claim; ; ) {
      const { messages, nextCursor, hasMore, isStuck = false } = await ask(current.cursor)
      const result = await pages.save(current, {
        openKfId: claim.openKfId,
        // A page may come in another order than it was written; within a second nothing tells.
        messages: messages
          .toSorted((one, other) => one.sendTime - other.sendTime)
          .map((message) => toPageMessage(message, current.primed)),
        nextCursor,
        hasMore,
      })
      for (const key of result.notices) waker.wake({ stage: 'notice', key })
      for (const key of result.unparsed) waker.wake({ stage: 'parse', key })
      for (const { conv, due } of result.due) waker.wake({ stage: 'reply', key: conv }, due)
      if (result.fresh > 0) log.info('fetch.page', { openKfId: claim.openKfId, fresh: result.fresh, hasMore })
      if (!hasMore) return { kind: 'done' }
      emptyPages = messages.length === 0 ? emptyPages + 1 : 0
      if (isStuck || emptyPages >= MAX_EMPTY_PAGES) {
        const reason = isStuck ? 'fetch.cursor-stuck' : 'fetch.empty-pages'
        return { kind: 'retry', reason, afterMs: retryDelayMs(claim.attempts, timing.unreachable) }
      }
      current = { ...current, cursor: nextCursor }
    }
  }

  return {
    stage: 'fetch',
    claim: (key) => sync.claim(key, deps.newLease(), timing.leaseMs),
    renew: (claim) => sync.renew(claim, timing.leaseMs),
    async work(claim, signal) {
      const standing = (await deps.standing?.()) ?? 'free'
      if (standing === 'foreign') {
        return { kind: 'retry', reason: 'relay.other-database', afterMs: 5 * timing.unreachable.baseMs, isFree: true }
      }
      if (standing === 'connecting' && !claim.primed && claim.openKfId !== EVERY_ACCOUNT) {
        return { kind: 'retry', reason: 'relay.connecting', afterMs: CONNECTING_MS, isFree: true }
      }
      try {
        if (claim.openKfId !== EVERY_ACCOUNT) return await pull(claim, signal)
        await refreshAccounts(signal)
        return { kind: 'done' }
      } catch (error) {
        if (signal.aborted) throw error
        if (isAppError(error, 'wecom.refused') && error.details.errcode === INVALID_CURSOR) {
          await sync.forgetCursor(claim)
          log.error('fetch.cursor-refused', { openKfId: claim.openKfId })
        } else if (isSuspect(error, claim)) {
          await sync.dropCursor(claim)
          log.error('fetch.cursor-dropped', { openKfId: claim.openKfId, error })
        }
        return toFetchOutcome(error, claim, timing)
      }
    },
    async release(claim, outcome) {
      if (outcome === 'stopped') return sync.postpone(claim, 0, 'stopped')
      if (await sync.finish(claim)) waker.wake({ stage: 'fetch', key: claim.openKfId })
    },
    postpone: (claim, delayMs, reason) => sync.postpone(claim, delayMs, reason),
    describe: (claim) => ({ openKfId: claim.openKfId }),
  }
}

function toEffect(event: PlatformEvent, message: SyncedMessage, log: Logger): EventEffect | undefined {
  switch (event.kind) {
    case 'recalled':
      return { kind: 'recall', msgid: event.msgid }
    case 'send-failed':
      // The whole account is at fault: every message fails until the operator has mended it.
      if (event.action === 'alert') {
        log.error('send.account-at-fault', { openKfId: message.openKfId, failType: event.failType })
      } else log.warn('send.failed-later', { msgid: event.msgid, failType: event.failType })
      return {
        ...{ kind: 'send-failed', msgid: event.msgid, reason: `fail_type ${event.failType}` },
        // The session is over, or the customer takes nothing: what follows would fail as well, until they write again.
        isOver: event.action === 'hand-over',
        isFull: event.failType === OVER_QUOTA,
      }
    case 'session':
      return {
        kind: 'desk',
        desk: event.change === 'ended' ? 'bot' : 'person',
        change: {
          state: event.change === 'ended' ? ENDED : WITH_PERSON,
          servicerUserId: event.servicerUserId,
          cause: `servicer-${event.change}`,
        },
      }
    case 'entered':
      return undefined
    case 'other':
      log.info('fetch.event', { openKfId: message.openKfId, event: event.name })
      return undefined
  }
}

function isRefusal(error: unknown, action: string): boolean {
  return isAppError(error, 'wecom.refused') && error.details.action === action
}

function isSuspect(error: unknown, { cursor, attempts }: SyncClaim): boolean {
  if (!isAppError(error, 'wecom.refused') || cursor === '' || attempts < SUSPECT_AFTER) return false
  return INVALID_PARAMETER.includes(error.details.errcode)
}

/** A pull is never given up: the account stays due, and its place in the log of messages is kept. */
function toFetchOutcome(error: unknown, claim: SyncClaim, timing: FetchOptions['timing']): Outcome {
  if (!isAppError(error)) throw error
  const reason = error.details.errcode === undefined ? error.code : `${error.code} ${error.details.errcode}`
  const waitMs = error.details.retryAfterMs
  // Until the token is tried again this costs no call; a Secret that was put right must not wait for long.
  if (error.code === 'wecom.token') {
    return { kind: 'retry', reason, afterMs: Math.min(Number(waitMs ?? timing.rateWindowMs), timing.unreachable.maxMs) }
  }
  if (error.code === 'wecom.unreachable') {
    return { kind: 'retry', reason, afterMs: retryDelayMs(claim.attempts, timing.unreachable) }
  }
  if (isRefusal(error, 'wait')) return { kind: 'retry', reason, afterMs: Number(waitMs ?? timing.rateWindowMs) }
  // Only the operator can mend it, or the account is not ours at all.
  if (isRefusal(error, 'alert')) {
    return { kind: 'retry', reason, afterMs: Math.max(timing.rateWindowMs, retryDelayMs(claim.attempts, timing.retry)) }
  }
  if (error.code === 'wecom.refused') return { kind: 'retry', reason }
  throw error
}
