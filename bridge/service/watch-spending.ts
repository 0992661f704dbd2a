/**
 * What an account's models may cost in a day, in money. Told at 80 % and at the end; from then on the knowledge base answers. What is spent is read
 * from the replies, so all processes count together; a moment's delay may let a few more answers through.
 */
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { DeskStore } from '../store/desk-store.ts'
import { toLocalTime } from './is-open.ts'

export interface WatchSpendingDeps {
  desk: Pick<DeskStore, 'usage'>
  settingsOf: (openKfId: string) => AccountSettings
  now: () => number
  log: Logger
}

const MICROS = 1_000_000
const WARN_SHARE = 0.8
const KEEP_MS = 5000

/** Whether the day's money of an account is spent. Rejects as the database does. */
export function createWatchSpending({ desk, settingsOf, now, log }: WatchSpendingDeps) {
  const known = new Map<string, { at: number; costMicros: number }>()
  /** By account and day, so that each is told once by each process. */
  const told = new Set<string>()

  const spentToday = async (openKfId: string, at: number): Promise<number> => {
    const last = known.get(openKfId)
    if (last !== undefined && Math.abs(at - last.at) < KEEP_MS) return last.costMicros
    const { time } = toLocalTime(at, settingsOf(openKfId).hours.timeZone)
    const [hour = 0, minute = 0] = time.split(':').map(Number)
    const startedAt = at - ((hour * 60 + minute) * 60_000 + (at % 60_000))
    const { costMicros } = await desk.usage(openKfId, startedAt)
    known.set(openKfId, { at, costMicros })
    return costMicros
  }

  return async (openKfId: string): Promise<boolean> => {
    const { limits, hours } = settingsOf(openKfId)
    if (limits.dailySpend === 0) return false
    const at = now()
    const spent = (await spentToday(openKfId, at)) / MICROS
    const share = spent / limits.dailySpend
    const { day } = toLocalTime(at, hours.timeZone)
    const tell = (name: 'spend.near-limit' | 'spend.limit-reached') => {
      const key = `${name} ${openKfId} ${day}`
      if (told.has(key)) return
      told.add(key)
      log[name === 'spend.limit-reached' ? 'error' : 'warn'](name, { openKfId, spent, limit: limits.dailySpend })
    }
    if (share >= 1) tell('spend.limit-reached')
    else if (share >= WARN_SHARE) tell('spend.near-limit')
    return share >= 1
  }
}
