/**
 * A person has the conversation as far as we were told. They may be gone without a word (a session ends by itself after 48 h), so the
 * platform is asked.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'

/** Of the platform: waiting in the pool, and with a person. */
const PERSON_STATES: ReadonlySet<number> = new Set([2, 3])

/** Resolves to undefined while the platform does not answer. */
export function createIsWithPerson(getServiceState: WecomClient['getServiceState']) {
  return async (claim: ConversationClaim, signal: AbortSignal): Promise<boolean | undefined> => {
    try {
      return PERSON_STATES.has(await getServiceState(claim.openKfId, claim.externalUserId, signal))
    } catch (error) {
      if (signal.aborted || !isAppError(error)) throw error
      if (error.code === 'wecom.unreachable' || error.code === 'wecom.token') return undefined
      // This mode has no session states to ask for, or will not tell this one: the event that told of the person stands.
      if (error.code === 'wecom.refused') return error.retryable ? undefined : true
      throw error
    }
  }
}
