/** Turns one stored message into text that the model can read, and says when its conversation can be answered. */
import type { MessageClaim, MessageStore } from '../store/message-store.ts'
import type { StageWork } from './run-stage.ts'
import type { StageTiming } from './stage-timing.ts'
import type { Waker } from './waker.ts'

export interface ParseDeps {
  messages: Pick<MessageStore, 'claim' | 'renew' | 'saveParsed' | 'postpone' | 'park'>
  read: (message: { type: string; raw: string }, signal: AbortSignal) => Promise<{ text: string; title: string }>
  /** What stands in the conversation for a message that could not be read. */
  describe: (raw: string) => { text: string; title: string }
  waker: Waker
  newLease: () => string
}

export function createParseStage(deps: ParseDeps, { leaseMs }: Pick<StageTiming, 'leaseMs'>): StageWork<MessageClaim> {
  const { messages, waker } = deps
  const wakeReply = (due: { conv: string; due: number } | undefined) => {
    if (due !== undefined) waker.wake({ stage: 'reply', key: due.conv }, due.due)
  }
  return {
    stage: 'parse',
    claim: (key) => messages.claim(key, deps.newLease(), leaseMs),
    renew: (claim) => messages.renew(claim, leaseMs),
    async work(claim, signal) {
      wakeReply(await messages.saveParsed(claim, await deps.read(claim, signal)))
      return { kind: 'done' }
    },
    async release(claim, outcome) {
      if (outcome === 'stopped') await messages.postpone(claim, 0, 'stopped', false)
    },
    postpone: (claim, delayMs, reason, countAttempt) => messages.postpone(claim, delayMs, reason, countAttempt),
    park: async (claim, reason) => wakeReply(await messages.park(claim, reason, deps.describe(claim.raw))),
    describe: (claim) => ({ msgid: claim.msgid, type: claim.type }),
  }
}
