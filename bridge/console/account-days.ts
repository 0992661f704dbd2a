/** The day of each account so far: its answers, and what they and all that goes with them have cost. */
import type { HealthStore } from '../store/health-store.ts'
import type { SpendRow } from '../store/spend-store.ts'

export interface AccountDay {
  /** '' is what serves all accounts, such as the vectors of the knowledge. */
  openKfId: string
  replies: number
  costMicros: number
  /** Calls whose cost is unknown: it is more than `costMicros` then. */
  unpriced: number
  inputTokens: number
  outputTokens: number
}

export interface AccountDaysDeps {
  spendToday: () => Promise<readonly SpendRow[]>
  answers: HealthStore['answers']
  accountIds: () => Promise<readonly string[]>
  /** When the account's day began, unix ms. */
  dayStartOf: (openKfId: string) => number
}

export const NO_DAY: Omit<AccountDay, 'openKfId'> = {
  ...{ replies: 0, costMicros: 0, unpriced: 0, inputTokens: 0, outputTokens: 0 },
}

export async function readAccountDays(deps: AccountDaysDeps): Promise<AccountDay[]> {
  const [rows, ids] = await Promise.all([deps.spendToday(), deps.accountIds()])
  const days = new Map<string, AccountDay>()
  const dayOf = (openKfId: string): AccountDay => {
    const day = days.get(openKfId) ?? { openKfId, ...NO_DAY }
    days.set(openKfId, day)
    return day
  }
  for (const { openKfId, costMicros, unpriced, inputTokens, outputTokens } of rows) {
    const day = dayOf(openKfId)
    day.costMicros += costMicros
    day.unpriced += unpriced
    day.inputTokens += inputTokens
    day.outputTokens += outputTokens
  }
  // Mostly one: only accounts in other time zones begin their day at another time.
  for (const start of new Set(ids.map(deps.dayStartOf))) {
    for (const { openKfId, count } of await deps.answers(start)) {
      if (deps.dayStartOf(openKfId) === start) dayOf(openKfId).replies = count
    }
  }
  return [...days.values()]
}
