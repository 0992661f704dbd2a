/**
 * What is done with a customer's messages before any model is asked, by the settings of the account. The first rule that applies decides: who is
 * blocked; taps of a survey; being forgotten; too much of it; words that are not answered; menus; a wish for a person; and last, how the
 * model is asked.
 */
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Ask, Consideration } from '../stages/service-desk.ts'
import type { DeskStore } from '../store/desk-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { checkLimits } from './check-limits.ts'
import type { HandOver } from './hand-over.ts'
import { isOfCustomer } from './is-of-customer.ts'
import type { MenuBook } from './menus/menu-book.ts'
import { readTap } from './read-tap.ts'
import type { SensitiveWords } from './sensitive-words.ts'
import { parseSurveyTap } from './survey.ts'
import { countComplaints, wantsPerson } from './wants-person.ts'

export interface ConsiderDeps {
  desk: Pick<DeskStore, 'read' | 'recent' | 'hush' | 'usage' | 'rate'>
  menus: Pick<MenuBook, 'findMenu' | 'findTap' | 'findWord'>
  words: Pick<SensitiveWords, 'has'>
  handOver: Pick<HandOver, 'isSomebodyThere'>
  isSpent: (openKfId: string) => Promise<boolean>
  /** Erases what is stored of a customer. */
  forget: (externalUserId: string, wish: { conv: string; msgid: string }) => Promise<unknown>
  /** Whether an answer of the account has to be seen whole before any of it is sent. */
  needsWhole: (settings: AccountSettings, openKfId: string) => boolean
  now: () => number
}

const MINUTE_MS = 60_000

interface Written {
  msgid: string
  text: string
  /** Unix ms, by the platform's clock. */
  sentAt: number
  /** Not what a picture or a document was found to say. */
  isText: boolean
  /** '' for words that the customer wrote. */
  tap: string
}

export function createConsider(deps: ConsiderDeps) {
  const { desk, menus } = deps

  /** Each survey counts once. True when the customer said nothing else. */
  const rate = async ({ claim, settings }: Ask, written: readonly Written[]): Promise<boolean> => {
    for (const { text, tap } of written) {
      const found = parseSurveyTap(tap)
      if (found === undefined) continue
      const { ratingId, score } = found
      const label =
        settings.session.surveyOptions.find((option) => option.score === score)?.label ?? text.split('\n')[0]
      await desk.rate({
        ...{ id: ratingId, conv: claim.conv, openKfId: claim.openKfId },
        ...{ score, label: (label ?? '').slice(0, 100) },
      })
    }
    return written.every(({ tap }) => parseSurveyTap(tap) !== undefined)
  }

  const limit = async ({ claim, settings }: Ask, written: readonly Written[]): Promise<Consideration | undefined> => {
    const now = deps.now()
    const { limits } = settings
    const [recent, usage] = await Promise.all([
      desk.recent(claim.conv, claim.parsed),
      limits.perAccountPerMinute === 0 ? undefined : desk.usage(claim.openKfId, now - MINUTE_MS),
    ])
    const facts = {
      ...{ now, recent, accountAnswers: usage?.answers ?? 0 },
      unanswered: Math.min(written.length, recent.length),
      longest: Math.max(...written.map(({ isText, text }) => (isText ? text.length : 0))),
    }
    // Nearly always it is fine, and what was said before need not be read.
    if (checkLimits(limits, { ...facts, hushedAt: 0 }).kind === 'fine') return undefined
    const { hushedAt } = await desk.read(claim.conv, claim.answered + 1)
    const verdict = checkLimits(limits, { ...facts, hushedAt })
    if (verdict.kind === 'fine') return undefined
    if (verdict.kind === 'quiet') return verdict
    if (verdict.cause !== 'too-long') await desk.hush(claim.conv, claim.openKfId, claim.answered + 1)
    return say(verdict.text, verdict.cause)
  }

  const followMenu = (ask: Ask, last: Written): Consideration | undefined => {
    const { openKfId } = ask.claim
    const show = (menu: ReplyContent | undefined): Consideration | undefined =>
      menu && { kind: 'say', contents: [menu], cause: 'menu' }
    if (last.tap === '') return show(menus.findWord(openKfId, last.text))
    const action = menus.findTap(openKfId, last.tap)
    switch (action?.kind) {
      case 'answer':
        return say(action.text, 'menu')
      case 'menu':
        return show(menus.findMenu(openKfId, action.name))
      case 'hand-over':
        return { kind: 'hand-over', cause: 'menu' }
      case 'ask':
        return { kind: 'ask', question: action.question }
      default:
        return undefined
    }
  }

  /** Why a person is to take over; those that were not asked for need somebody who is there. */
  const findCauseForPerson = async (ask: Ask, written: readonly Written[], signal: AbortSignal) => {
    const { claim, settings, turns, said } = ask
    const { handover } = settings
    if (!handover.enabled) return undefined
    if (said.some((text) => wantsPerson(text, handover))) return 'asked-for-person'
    const isDissatisfied =
      handover.dissatisfiedAfter > 0 && countComplaints(turns, handover) >= handover.dissatisfiedAfter
    const oldest = Math.min(...written.map(({ sentAt }) => sentAt))
    const isStale = handover.staleAfterMinutes > 0 && deps.now() - oldest > handover.staleAfterMinutes * MINUTE_MS
    const cause = isDissatisfied ? 'dissatisfied' : isStale ? 'stale' : undefined
    if (cause === undefined || !(await deps.handOver.isSomebodyThere(claim.openKfId, signal))) return undefined
    return cause
  }

  return async (ask: Ask, signal: AbortSignal): Promise<Consideration> => {
    const { claim, settings, unanswered } = ask
    const { openKfId, externalUserId } = claim
    if (settings.limits.blocked.includes(externalUserId)) return { kind: 'quiet', cause: 'blocked' }

    const written = unanswered.filter(isOfCustomer).map(({ msgid, type, text, raw, sendTime }) => {
      return { msgid, text, sentAt: sendTime, isText: type === 'text', tap: readTap(raw) }
    })
    const last = written.at(-1)
    if (last !== undefined) {
      if (await rate(ask, written)) return say(settings.session.surveyThanks, 'rated')
      if (isWishToBeForgotten(last, settings)) {
        await deps.forget(externalUserId, { conv: claim.conv, msgid: last.msgid })
        return say(settings.forget.textDone, 'forgotten')
      }
      const limited = await limit(ask, written)
      if (limited !== undefined) return limited
      if (settings.words.inbound !== 'off' && written.some(({ text }) => deps.words.has(openKfId, text))) {
        return settings.words.inbound === 'hand-over' && settings.handover.enabled
          ? { kind: 'hand-over', cause: 'sensitive' }
          : say(settings.words.textRefused, 'sensitive')
      }
    }
    const cause = await findCauseForPerson(ask, written, signal)
    if (cause !== undefined) return { kind: 'hand-over', cause }
    const followed = last === undefined ? undefined : followMenu(ask, last)
    if (followed !== undefined && followed.kind !== 'ask') return followed
    return {
      ...(followed ?? { kind: 'ask' }),
      ...(deps.needsWhole(settings, openKfId) ? { whole: true } : {}),
      ...((await deps.isSpent(openKfId)) ? { answerer: 'knowledge' } : {}),
    }
  }
}

function isWishToBeForgotten({ text }: Written, { forget }: AccountSettings): boolean {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/[。.!！]+$/u, '')
  return forget.enabled && forget.words.some((word) => word.toLowerCase() === plain)
}

function say(text: string, cause: string): Consideration {
  return text === '' ? { kind: 'quiet', cause } : { kind: 'say', contents: [{ type: 'text', text }], cause }
}
