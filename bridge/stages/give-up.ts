/** A range that nobody could answer gets an honest sentence and a trace for people, or the way to a person. */
import type { Logger } from '../logger.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ReplyStore, SavedReply } from '../store/reply-store.ts'
import { apologyFor } from './apology.ts'
import { toBareReply } from './bare-reply.ts'
import { isOurs } from './is-ours.ts'
import type { PrepareAnswer } from './prepare-answer.ts'
import type { ServiceDesk } from './service-desk.ts'

export interface GiveUpDeps {
  prepare: PrepareAnswer
  replies: Pick<ReplyStore, 'save'>
  desk: Pick<ServiceDesk, 'conclude'>
  log: Logger
}

/** Resolves to undefined when there is nothing to give up. */
export function createGiveUp({ prepare, replies, desk, log }: GiveUpDeps) {
  const conclude = async (claim: ConversationClaim, reason: string, signal: AbortSignal) => {
    try {
      const prepared = await prepare(claim)
      if (prepared === undefined) return undefined
      return await desk.conclude({ ...prepared, verdict: 'failed', reason, text: '', isBegun: false }, signal)
    } catch (error) {
      if (signal.aborted || isOurs(error)) throw error
      log.error('reply.desk-failed', { conv: claim.conv, error })
      return undefined
    }
  }

  return async (claim: ConversationClaim, reason: string, signal: AbortSignal): Promise<SavedReply | undefined> => {
    if (claim.parsed <= claim.answered) return undefined
    const conclusion = await conclude(claim, reason, signal)
    const handOver = conclusion?.kind === 'hand-over' ? conclusion.cause : undefined
    const said = conclusion === undefined || conclusion.kind === 'send' ? undefined : conclusion.contents
    const contents = said ?? (handOver === undefined ? [apologyFor(reason)] : [])
    const isSettled = conclusion?.kind === 'say' && conclusion.isSettled === true
    const parked = handOver === undefined && !isSettled ? { stage: 'reply', reason, body: '' } : undefined
    const end = { ...(handOver !== undefined && { handOver }), ...(parked && { parked }) }
    return replies.save(claim, { ...toBareReply(claim), ...end, contents }, true)
  }
}
