/**
 * Turns one stored message into text that the model can read, and says when its conversation can be answered.
 *
 * What passes by itself (the platform is away or busy, our disk is full, too much waits) costs a message nothing: it is tried until the
 * platform has forgotten its file. And no customer fills all the places: beyond a few at a time, theirs wait for each other.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { MessageClaim, MessageContent, MessageStore } from '../store/message-store.ts'
import type { Outcome } from './outcome.ts'
import { outageDelayMs } from './retry-delay.ts'
import type { StageWork } from './run-stage.ts'
import type { StageTiming } from './stage-timing.ts'
import type { Waker } from './waker.ts'

export interface ParseDeps {
  messages: Pick<MessageStore, 'claim' | 'renew' | 'saveParsed' | 'postpone' | 'park'>
  read: (message: MessageClaim, signal: AbortSignal) => Promise<MessageContent>
  /** What stands in the conversation for a message that could not be read. */
  describe: (raw: string) => { text: string; title: string }
  waker: Waker
  newLease: () => string
  now: () => number
}

/** The failures that say nothing about the message. */
const PASSING: ReadonlySet<string> = new Set([
  'wecom.unreachable',
  'wecom.token',
  'media.disk',
  'parse.busy',
  'parse.no-reader',
])
/** The platform keeps a file for three days. */
const PATIENCE_MS = 3 * 86_400_000
/** Of one customer, in this process. */
const MAX_AT_ONCE = 4

export function createParseStage(
  deps: ParseDeps,
  { leaseMs, unreachable }: Pick<StageTiming, 'leaseMs' | 'unreachable'>,
): StageWork<MessageClaim> {
  const { messages, waker } = deps
  const places = createPlaces()
  const wakeReply = (due: { conv: string; due: number } | undefined) => {
    if (due !== undefined) waker.wake({ stage: 'reply', key: due.conv }, due.due)
  }
  const postpone: StageWork<MessageClaim>['postpone'] = async (claim, delayMs, reason, countAttempt) => {
    await messages.postpone(claim, delayMs, reason, countAttempt)
    waker.wake({ stage: 'parse', key: claim.msgid }, deps.now() + delayMs)
  }

  const toRetry = (error: unknown, { receivedAt }: MessageClaim): Outcome | undefined => {
    if (!isAppError(error)) return undefined
    const isPassing = PASSING.has(error.code) || (error.code === 'wecom.refused' && error.retryable)
    const waitedMs = deps.now() - receivedAt
    if (!isPassing || waitedMs > PATIENCE_MS) return undefined
    const times = { baseMs: unreachable.baseMs, maxMs: unreachable.maxMs * 4 }
    const afterMs = Math.max(Number(error.details.retryAfterMs ?? 0), outageDelayMs(waitedMs, times))
    return { kind: 'retry', reason: error.code, isFree: true, afterMs }
  }

  const readIt = async (claim: MessageClaim, signal: AbortSignal): Promise<Outcome> => {
    try {
      wakeReply(await messages.saveParsed(claim, await deps.read(claim, signal)))
      return { kind: 'done' }
    } catch (error) {
      const outcome = signal.aborted ? undefined : toRetry(error, claim)
      if (outcome === undefined) throw error
      return outcome
    }
  }

  return {
    stage: 'parse',
    claim: (key) => messages.claim(key, deps.newLease(), leaseMs),
    renew: (claim) => messages.renew(claim, leaseMs),
    async work(claim, signal) {
      const ahead = places.take(claim.conv)
      if (ahead > 0) return { kind: 'retry', reason: 'parse.turn', isFree: true, afterMs: unreachable.baseMs * ahead }
      try {
        return await readIt(claim, signal)
      } finally {
        places.leave(claim.conv)
      }
    },
    async release(claim, outcome) {
      if (outcome === 'stopped') await messages.postpone(claim, 0, 'stopped', false)
    },
    postpone,
    park: async (claim, reason) => wakeReply(await messages.park(claim, reason, deps.describe(claim.raw))),
    describe: (claim) => ({ msgid: claim.msgid, type: claim.type }),
  }
}

/** Who reads at the moment, and who was sent away meanwhile. */
function createPlaces() {
  const taken = new Map<string, { reading: number; sentAway: number }>()
  return {
    /** 0 when the place is taken; else how many were sent away by now, at most 60, so that they come back one after the other. */
    take(conv: string): number {
      const own = taken.get(conv) ?? { reading: 0, sentAway: 0 }
      taken.set(conv, own)
      if (own.reading < MAX_AT_ONCE) {
        own.reading += 1
        return 0
      }
      own.sentAway = Math.min(60, own.sentAway + 1)
      return own.sentAway
    },
    leave(conv: string): void {
      const own = taken.get(conv)
      if (own === undefined) return
      own.reading -= 1
      own.sentAway = Math.max(0, own.sentAway - 1)
      if (own.reading === 0) taken.delete(conv)
    },
  }
}
