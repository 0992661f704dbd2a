/** Everything that is known of a conversation before anybody is asked for an answer. */
import type { Turn } from '../answer/answerer.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore, RememberedMessage } from '../store/conversation-store.ts'
import { estimateTokens, fitTurns } from './fit-turns.ts'
import { ownWords } from './own-words.ts'
import type { Ask } from './service-desk.ts'
import { hasUnanswered, isReadable, toTurns } from './to-turns.ts'

export interface PrepareDeps {
  conversations: Pick<ConversationStore, 'remember'>
  settingsOf: (openKfId: string) => AccountSettings
  partText: (payload: string) => string
}

export interface Prepared extends Ask {
  /** Of what was before `turns`; '' when nothing was summarised. */
  summary: string
  /** So much has been said since the last summary that it is time for one. */
  isLong: boolean
}

/** Rows that are read for one answer, beside those that are to be answered. */
const MEMORY_ROWS = 60
/** What a customer wrote during an outage is answered to the first word; whoever floods us is answered to the last thousand. */
const MAX_UNANSWERED_ROWS = 1000
/** Rows since the last summary after which the next one is made, however short they are: more would soon be out of sight. */
const LONG_ROWS = MEMORY_ROWS - 15

export function createPrepareAnswer({ conversations, settingsOf, partText }: PrepareDeps) {
  /** Undefined when nothing in the range is to be answered. `from`: of the range, `upto` its end. */
  return async (
    claim: ConversationClaim,
    range: { answered: number; upto: number } = { answered: claim.answered, upto: claim.parsed },
  ): Promise<Prepared | undefined> => {
    const { answered, upto } = range
    const rows = MEMORY_ROWS + Math.min(upto - answered, MAX_UNANSWERED_ROWS)
    const memory = await conversations.remember(claim.conv, upto, rows, answered)
    if (!hasUnanswered(memory.messages, answered)) return undefined
    const settings = settingsOf(claim.openKfId)
    const isOpen = ({ seq = 0, role }: Turn) => seq > answered && role !== 'assistant'
    const all = toTurns(memory, partText).filter((turn) => isOpen(turn) || (turn.seq ?? 0) > claim.summarySeq)
    const older = all.filter((turn) => !isOpen(turn))
    const unanswered = memory.messages.filter((message) => message.seq > answered && isOfInterest(message))
    const olderTokens = older.reduce((sum, { text }) => sum + estimateTokens(text), 0)
    return {
      claim,
      settings,
      unanswered,
      said: unanswered.map((message) => (message.type === 'voice' ? message.text : ownWords(message))),
      turns: fitTurns(all, isOpen, settings.answer.memoryTokens),
      quotaLeft: claim.quotaLeft,
      summary: claim.summary,
      isLong: olderTokens > settings.answer.memoryTokens || older.length >= LONG_ROWS,
    }
  }
}

export type PrepareAnswer = ReturnType<typeof createPrepareAnswer>

function isOfInterest(message: RememberedMessage): boolean {
  return isReadable(message) || message.type === 'event'
}
