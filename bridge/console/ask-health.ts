/** What the metrics and the alerts ask the database, each at most as often as its cost allows, however many read it. */
import type { HealthStore } from '../store/health-store.ts'
import { keepFor } from './keep-for.ts'
import { startOfDay } from './today.ts'

const SHORT_MS = 2000
/** A day's answers are added up: of many that takes long, and is done the less often. */
const SPEND_MS = { least: SHORT_MS, most: 60_000, times: 1000 }

export interface AskHealthDeps {
  health: HealthStore
  now: () => number
}

export function askHealth({ health, now }: AskHealthDeps) {
  return {
    faults: keepFor(SHORT_MS, async () => [...(await health.answerFaults()), ...(await health.platformFaults())]),
    spend: keepFor(spendAge, () => health.spend(startOfDay(now()))),
    heldParts: keepFor(SHORT_MS, health.heldParts),
  }
}

function spendAge(tookMs: number): number {
  return Math.min(SPEND_MS.most, Math.max(SPEND_MS.least, tookMs * SPEND_MS.times))
}
