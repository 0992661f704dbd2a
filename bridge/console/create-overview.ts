/** Gathers what the status page shows beside the state of the parts. Asked by whoever has the page open, so nothing of it is asked more often than its cost allows. */
import type { Spend } from '../store/health-store.ts'
import type { AccountState, LastAnswer, OverviewStore, ParkedReason } from '../store/overview-store.ts'
import { keepFor } from './keep-for.ts'

export interface Overview {
  /** Unix ms, by the clock of the times below. */
  now: number
  /** Who answers, in the order in which they are asked. */
  answerers: readonly string[]
  today: Omit<Spend, 'openKfId'>
  answers: readonly LastAnswer[]
  parked: readonly ParkedReason[]
  people: { pool: number; person: number }
  accounts: readonly (AccountState & Omit<Spend, 'openKfId'>)[]
}

export interface OverviewDeps {
  store: OverviewStore
  /** Of today, by account. */
  spend: () => Promise<Spend[]>
  answerers: readonly string[]
  now: () => number
}

const SHORT_MS = 2000
const MAX_ANSWERS = 10
const MAX_REASONS = 20
const NOTHING = { costMicros: 0, inputTokens: 0, outputTokens: 0, replies: 0 }

/** Rejects with `database.unavailable` while the database is away. */
export function createOverview({ store, spend, answerers, now }: OverviewDeps): () => Promise<Overview> {
  return keepFor(SHORT_MS, async () => {
    const [spent, answers, parked, people, accounts] = await Promise.all([
      spend(),
      store.lastAnswers(MAX_ANSWERS),
      store.parkedReasons(MAX_REASONS),
      store.withPeople(),
      store.accounts(),
    ])
    const today = spent.reduce(
      (sum, one) => ({
        costMicros: sum.costMicros + one.costMicros,
        inputTokens: sum.inputTokens + one.inputTokens,
        outputTokens: sum.outputTokens + one.outputTokens,
        replies: sum.replies + one.replies,
      }),
      NOTHING,
    )
    const of = (openKfId: string) => spent.find((one) => one.openKfId === openKfId) ?? NOTHING
    return {
      now: now(),
      answerers,
      today,
      ...{ answers, parked, people },
      accounts: accounts.map((account) => ({ ...of(account.openKfId), ...account })),
    }
  })
}
