/**
 * What an account's models may cost in a day, in money. Told at 80 % and at the end; from then on the knowledge base answers. What is spent is
 * counted by all processes together; a moment's delay may let a few more answers through. Calls without a known price are not in it.
 */
import type { Logger } from '../logger.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Spending } from '../spending/create-spending.ts'
import { toLocalTime } from './local-time.ts'

export interface WatchSpendingDeps {
  spentToday: Spending['spentToday']
  settingsOf: (openKfId: string) => AccountSettings
  now: () => number
  log: Logger
}

const MICROS = 1_000_000
const WARN_SHARE = 0.8

/** Whether the day's money of an account is spent. Rejects as the database does. */
export function createWatchSpending({ spentToday, settingsOf, now, log }: WatchSpendingDeps) {
  /** By account and day, so that each is told once by each process. */
  const told = new Set<string>()

  return async (openKfId: string): Promise<boolean> => {
    const { limits, hours } = settingsOf(openKfId)
    if (limits.dailySpend === 0) return false
    const spent = (await spentToday(openKfId)).costMicros / MICROS
    const share = spent / limits.dailySpend
    const { day } = toLocalTime(now(), hours.timeZone)
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
