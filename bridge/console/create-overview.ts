/** Gathers what the status page shows beside the state of the parts. Asked by whoever has the page open, so nothing of it is asked more often than its cost allows. */
import type { AccountState, LastAnswer, OverviewStore, ParkedReason } from '../store/overview-store.ts'
import { type AccountDay, NO_DAY } from './account-days.ts'
import type { Text } from './alerts/alert.ts'
import { keepFor } from './keep-for.ts'
import { type PlatformMeanings, toReasonText } from './parked-words.ts'

export interface Overview {
  /** Unix ms, by the clock of the times below. */
  now: number
  /** Who answers, in the order in which they are asked. */
  answerers: readonly string[]
  /** Of all accounts, and what serves all of them. */
  today: Omit<AccountDay, 'openKfId'>
  answers: readonly LastAnswer[]
  parked: readonly (ParkedReason & { why: Text })[]
  people: { pool: number; person: number }
  accounts: readonly (AccountState & Omit<AccountDay, 'openKfId'> & { why: Text })[]
}

export interface OverviewDeps extends PlatformMeanings {
  store: OverviewStore
  /** Of today, by account. */
  days: () => Promise<AccountDay[]>
  answerers: readonly string[]
  now: () => number
}

const SHORT_MS = 2000
const MAX_ANSWERS = 10
const MAX_REASONS = 20

/** Rejects with `database.unavailable` while the database is away. */
export function createOverview({ store, days, answerers, now, ...meanings }: OverviewDeps): () => Promise<Overview> {
  return keepFor(SHORT_MS, async () => {
    const [spent, answers, parked, people, accounts] = await Promise.all([
      days(),
      store.lastAnswers(MAX_ANSWERS),
      store.parkedReasons(MAX_REASONS),
      store.withPeople(),
      store.accounts(),
    ])
    const today = spent.reduce(
      (sum, one) => ({
        costMicros: sum.costMicros + one.costMicros,
        unpriced: sum.unpriced + one.unpriced,
        inputTokens: sum.inputTokens + one.inputTokens,
        outputTokens: sum.outputTokens + one.outputTokens,
        replies: sum.replies + one.replies,
      }),
      NO_DAY,
    )
    const of = (openKfId: string) => spent.find((one) => one.openKfId === openKfId) ?? NO_DAY
    return {
      now: now(),
      answerers,
      today,
      ...{ answers, people },
      parked: parked.map((one) => ({ ...one, why: toReasonText(one.reason, meanings) })),
      accounts: accounts.map((account) => ({
        ...of(account.openKfId),
        ...account,
        why: toReasonText(account.error, meanings),
      })),
    }
  })
}
