/** What the metrics, the page and the alerts ask the database, each at most as often as its cost allows, however many read it. */
import type { HealthStore } from '../store/health-store.ts'
import { type AccountDaysDeps, readAccountDays } from './account-days.ts'
import { keepFor } from './keep-for.ts'

const SHORT_MS = 2000
/** A day's answers are counted: of many that takes long, and is done the less often. */
const DAYS_MS = { least: SHORT_MS, most: 60_000, times: 1000 }

export interface AskHealthDeps extends Omit<AccountDaysDeps, 'answers'> {
  health: HealthStore
}

export function askHealth({ health, spendToday, ...deps }: AskHealthDeps) {
  const spend = keepFor(SHORT_MS, spendToday)
  return {
    faults: keepFor(SHORT_MS, async () => [...(await health.answerFaults()), ...(await health.platformFaults())]),
    spend,
    days: keepFor(daysAge, () => readAccountDays({ ...deps, spendToday: spend, answers: health.answers })),
    heldParts: keepFor(SHORT_MS, health.heldParts),
  }
}

function daysAge(tookMs: number): number {
  return Math.min(DAYS_MS.most, Math.max(DAYS_MS.least, tookMs * DAYS_MS.times))
}
