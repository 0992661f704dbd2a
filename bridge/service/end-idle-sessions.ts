/**
 * Ends sessions in which the customer has gone silent, after a warning, by the settings of each account. A person's session is left to them. The
 * platform itself ends what is silent for 48 hours.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { DeskStore } from '../store/desk-store.ts'
import { toFarewell } from './plan-notice.ts'

export interface EndIdleDeps {
  desk: Pick<DeskStore, 'idle' | 'warn' | 'recordEnded'>
  settingsOf: (openKfId: string) => AccountSettings
  accountIds: () => Promise<readonly string[]>
  /** The code for the last word. */
  end: (openKfId: string, externalUserId: string, signal: AbortSignal) => Promise<string>
  getState: (at: { openKfId: string; externalUserId: string }, signal: AbortSignal) => Promise<{ state: number }>
  wakeNotice: (msgid: string) => void
  now: () => number
  log: Logger
}

const MINUTE_MS = 60_000
/** After a pause of the job, what became idle meanwhile is still found. */
const LOOK_BACK_MS = 30 * MINUTE_MS
const END_CODE_MS = 20_000
const ENDED = 4
/** New, and with the bot: only those are ours to end. */
const OURS: ReadonlySet<number> = new Set([0, 1])

export function createEndIdleSessions(deps: EndIdleDeps) {
  const { desk, settingsOf, log } = deps

  const wake = (msgid: string | undefined) => {
    if (msgid !== undefined) deps.wakeNotice(msgid)
  }

  const warn = async (openKfId: string, idleMs: number, warnMs: number): Promise<void> => {
    const { session, limits } = settingsOf(openKfId)
    const before = deps.now() - (idleMs - warnMs)
    const found = await desk.idle(openKfId, { after: before - LOOK_BACK_MS, before })
    for (const { conv, externalUserId, lastSeq } of found) {
      if (limits.blocked.includes(externalUserId)) continue
      const content = { type: 'text' as const, text: session.idleWarnText }
      const notice = {
        channel: 'notice' as const,
        code: '',
        expiresAt: deps.now() + warnMs,
        content,
        isRemembered: true,
      }
      wake(await desk.warn(conv, openKfId, lastSeq, notice))
    }
  }

  const endOne = async (openKfId: string, externalUserId: string, conv: string, signal: AbortSignal): Promise<void> => {
    try {
      const { state } = await deps.getState({ openKfId, externalUserId }, signal)
      if (state !== ENDED && !OURS.has(state)) return
      const code = OURS.has(state) ? await deps.end(openKfId, externalUserId, signal) : ''
      const content = toFarewell(settingsOf(openKfId), `${conv} ${code}`)
      const isSilent = content.type === 'text' && content.text === ''
      const notice =
        code === '' || isSilent
          ? undefined
          : { channel: 'on_event' as const, code, expiresAt: deps.now() + END_CODE_MS, content }
      const change = { conv, openKfId, state: ENDED, servicerUserId: '', cause: 'idle' }
      wake(await desk.recordEnded(change, notice))
      log.info('desk.idle-ended', { conv })
    } catch (error) {
      if (!isAppError(error) || signal.aborted) throw error
      // The next round tries again.
      log.warn('desk.idle-kept', { conv, error })
    }
  }

  return async (signal: AbortSignal): Promise<void> => {
    for (const openKfId of await deps.accountIds()) {
      const { idleMinutes, idleWarnMinutes } = settingsOf(openKfId).session
      if (idleMinutes === 0) continue
      const idleMs = idleMinutes * MINUTE_MS
      // A warning comes before the end, however short the time is.
      const warnMs = Math.min(idleWarnMinutes * MINUTE_MS, idleMs / 2)
      await warn(openKfId, idleMs, warnMs)
      const before = deps.now() - idleMs
      const found = await desk.idle(openKfId, {
        ...{ after: before - LOOK_BACK_MS - warnMs, before },
        warnedBefore: deps.now() - warnMs,
      })
      for (const { conv, externalUserId } of found) {
        if (signal.aborted) return
        await endOne(openKfId, externalUserId, conv, signal)
      }
    }
  }
}
