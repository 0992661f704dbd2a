/**
 * Sums up what is getting too long to be told with every question. Done after the customer has their answer, without the conversation's lease,
 * so nobody waits for it; what changed the conversation meanwhile (a message, a recall) throws it away, and the next answer makes another.
 */
import type { Turn } from '../answer/answerer.ts'
import type { ChooseAnswerers } from '../answer/choose-answerer.ts'
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { ConversationClaim } from '../store/conversation-claim.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import { estimateTokens } from './fit-turns.ts'
import { toTurns } from './to-turns.ts'

export interface SummariseDeps {
  conversations: Pick<ConversationStore, 'readForSummary' | 'remember' | 'saveSummary'>
  choose: ChooseAnswerers
  settingsOf: (openKfId: string) => AccountSettings
  partText: (payload: string) => string
  log: Logger
  /** Ends what is being made. */
  shutdown: AbortSignal
}

/** Begins one and returns at once. */
export type Summarise = (claim: Pick<ConversationClaim, 'conv' | 'openKfId'>) => void

const MAX_CHARS = 600
const MAX_ROWS = 300
/** Of the memory stays as it was said. */
const KEPT_SHARE = 1 / 3
const KEPT_TURNS = 12
/** At once; who comes when there are more is summed up after the next answer. */
const MAX_AT_ONCE = 2
const DEADLINE_MS = 60_000

export function createSummarise(deps: SummariseDeps): Summarise {
  const { conversations, log } = deps
  const running = new Set<string>()

  const make = async ({ conv, openKfId }: Parameters<Summarise>[0]): Promise<void> => {
    const settings = deps.settingsOf(openKfId)
    const answerer = deps.choose(settings.answer.answerers).find(({ summarize }) => summarize !== undefined)
    const row = await conversations.readForSummary(conv)
    if (answerer?.summarize === undefined || row === undefined) return
    const memory = await conversations.remember(conv, row.answered, MAX_ROWS)
    const turns = toTurns(memory, deps.partText).filter(({ seq = 0 }) => seq > row.summarySeq)
    const older = withoutNewest(turns, settings.answer.memoryTokens * KEPT_SHARE)
    const upto = older.at(-1)?.seq
    if (upto === undefined) return
    const signal = AbortSignal.any([deps.shutdown, AbortSignal.timeout(DEADLINE_MS)])
    const summary = await answerer.summarize(row.summary, older, MAX_CHARS, signal)
    if (summary === '') return
    const isSaved = await conversations.saveSummary(conv, { summary, uptoSeq: upto, version: row.version })
    log.info('reply.summarised', { conv, turns: older.length, isSaved })
  }

  return (claim) => {
    if (running.size >= MAX_AT_ONCE || running.has(claim.conv)) return
    running.add(claim.conv)
    void make(claim)
      .catch((error: unknown) => {
        if (!deps.shutdown.aborted) log.warn('reply.summary-failed', { conv: claim.conv, error })
      })
      .finally(() => running.delete(claim.conv))
  }
}

/** Whole messages with their answers: two turns of one number are not parted. */
function withoutNewest(turns: readonly Turn[], keptTokens: number): Turn[] {
  let left = keptTokens
  let from = turns.length
  while (from > 0 && turns.length - from < KEPT_TURNS) {
    left -= estimateTokens(turns[from - 1]?.text ?? '')
    if (left < 0) break
    from -= 1
  }
  while (from > 0 && turns[from - 1]?.seq === turns[from]?.seq) from -= 1
  return turns.slice(0, from)
}
