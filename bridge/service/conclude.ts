/** What becomes of what a model wrote, or did not: sent, replaced, or a person takes over. */
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Conclusion, DraftToConclude } from '../stages/service-desk.ts'
import type { DeskStore } from '../store/desk-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { HandOver } from './hand-over.ts'
import { isOfCustomer } from './is-of-customer.ts'
import { isOpen } from './is-open.ts'
import type { SensitiveWords } from './sensitive-words.ts'

export interface ConcludeDeps {
  desk: Pick<DeskStore, 'read' | 'note' | 'unreadable'>
  words: Pick<SensitiveWords, 'has' | 'mask'>
  handOver: Pick<HandOver, 'isSomebodyThere'>
  /** A model's words as texts that fit the platform, at most `maxParts`. */
  format: (text: string, maxParts: number) => readonly string[]
  now: () => number
}

/** Of the allowance, for what matters more than the rest of an answer. */
const KEPT = 1
/** The word that people are away is said once in this time. */
const NOTE_MS = 12 * 3_600_000
const SENSITIVE = 'answer.sensitive'

export function createConclude({ desk, words, handOver, format, now }: ConcludeDeps) {
  const noteOf = async ({ claim, settings, quotaLeft }: DraftToConclude): Promise<ReplyContent[]> => {
    const { hours } = settings
    if (hours.outside !== 'answer-and-note' || hours.textNote === '' || quotaLeft < 2) return []
    if (isOpen(hours, now())) return []
    if ((await desk.read(claim.conv, claim.answered + 1)).notedAt > now() - NOTE_MS) return []
    await desk.note(claim.conv, claim.openKfId, claim.answered + 1)
    return [{ type: 'text', text: hours.textNote }]
  }

  const screened = ({ claim, settings, text, quotaLeft }: DraftToConclude): Conclusion | undefined => {
    const { outbound, textRefused } = settings.words
    if (outbound === 'off' || !words.has(claim.openKfId, text)) return undefined
    if (outbound === 'hand-over' && settings.handover.enabled) return { kind: 'hand-over', cause: 'sensitive-answer' }
    if (outbound !== 'replace') return { kind: 'say', contents: texts([textRefused]) }
    const masked = format(words.mask(claim.openKfId, text), Math.max(1, quotaLeft - KEPT))
    return { kind: 'say', contents: texts(masked), isSettled: true }
  }

  /** Nothing but what could not be heard or seen: each waits in a person's list already. */
  const isAllUnreadable = async ({ claim, unanswered }: DraftToConclude): Promise<boolean> => {
    const written = unanswered.filter(isOfCustomer)
    if (written.some(({ type }) => type === 'text')) return false
    const unreadable = await desk.unreadable(claim.conv)
    return written.every(({ msgid }) => unreadable.has(msgid))
  }

  return async (draft: DraftToConclude, signal: AbortSignal): Promise<Conclusion> => {
    const { settings, verdict, reason, isBegun } = draft
    const { handover } = settings
    if (verdict === 'answered') {
      const replaced = isBegun ? undefined : screened(draft)
      if (replaced !== undefined) return replaced
      const append = await noteOf(draft)
      return { kind: 'send', ...(append.length === 0 ? {} : { append }) }
    }
    // The vendor's own filter: the words are at fault, not the model.
    if (verdict === 'failed' && reason === SENSITIVE) {
      return { kind: 'say', contents: texts([settings.words.textRefused]) }
    }
    if (verdict === 'failed') {
      return handover.enabled && handover.onOutage
        ? { kind: 'hand-over', cause: 'outage' }
        : { kind: 'say', contents: texts([handover.textOutage]) }
    }
    const isWanted = handover.enabled && (verdict === 'hand_over' || handover.onNoAnswer)
    if (verdict === 'no_answer' && (await isAllUnreadable(draft))) {
      const isTaken = isWanted && (await handOver.isSomebodyThere(draft.claim.openKfId, signal))
      if (!isTaken) return { kind: 'say', contents: texts([handover.textUnreadable]), isSettled: true }
    }
    return isWanted
      ? { kind: 'hand-over', cause: verdict === 'hand_over' ? 'model' : 'no-answer' }
      : { kind: 'say', contents: texts([handover.textNoAnswer]) }
  }
}

/** An answer whose words may have to be masked, or that may not be sent at all, is seen whole first. */
export function createNeedsWhole(words: Pick<SensitiveWords, 'isEmpty'>) {
  return ({ words: { outbound } }: AccountSettings, openKfId: string): boolean =>
    outbound !== 'off' && !words.isEmpty(openKfId)
}

function texts(given: readonly string[]): ReplyContent[] {
  return given.filter((text) => text !== '').map((text) => ({ type: 'text', text }))
}
