/**
 * A person has the conversation as far as we were told. They may be gone without a word (a session ends by itself after 48 h), so the
 * platform is asked.
 *
 * A session that has ended says that what came was said to them: a customer who writes afterwards begins another one. The event that tells of
 * the end is on its way and settles it; only when none comes, the bot takes over by itself.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'

/** Of the platform: waiting in the pool, and with a person. */
const PERSON_STATES: ReadonlySet<number> = new Set([2, 3])

const ENDED = 4

export interface WithPersonDeps {
  getServiceState: WecomClient['getServiceState']
  /** Unix ms. */
  now: () => number
  /** How long the event of an end is waited for, since the customer wrote. */
  endEventMs: number
}

/** Resolves to undefined while it can't be told. */
export function createIsWithPerson({ getServiceState, now, endEventMs }: WithPersonDeps) {
  return async (claim: ConversationClaim, signal: AbortSignal): Promise<boolean | undefined> => {
    try {
      const state = await getServiceState(claim.openKfId, claim.externalUserId, signal)
      if (state === ENDED && now() < claim.firstDue + endEventMs) return undefined
      return PERSON_STATES.has(state)
    } catch (error) {
      if (signal.aborted || !isAppError(error)) throw error
      if (error.code === 'wecom.unreachable' || error.code === 'wecom.token') return undefined
      // This mode has no session states to ask for, or will not tell this one: the event that told of the person stands.
      if (error.code === 'wecom.refused') return error.retryable ? undefined : true
      throw error
    }
  }
}
