/** What every reply to a range has, before anybody was asked. */
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { NewReply, ReplyEnd } from '../store/reply-store.ts'
import { NO_USAGE } from './ask-model.ts'

export const NOBODY_ASKED: ReplyEnd = { answerer: '', usage: NO_USAGE, latencyMs: 0, costMicros: 0, sources: [] }

export function toBareReply(claim: ConversationClaim): Omit<NewReply, 'contents'> {
  return { fromSeq: claim.answered + 1, uptoSeq: claim.parsed, ...NOBODY_ASKED }
}
