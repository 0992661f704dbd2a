/** What the metrics and the alerts ask the database, each at most as often as its cost allows, however many read it. */
import type { HealthStore } from '../store/health-store.ts'
import { keepFor } from './keep-for.ts'
import { startOfDay } from './today.ts'

const SHORT_MS = 2000
/** A day's answers are added up. */
const SPEND_MS = 60_000

export interface AskHealthDeps {
  health: HealthStore
  now: () => number
}

export function askHealth({ health, now }: AskHealthDeps) {
  return {
    faults: keepFor(SHORT_MS, async () => [...(await health.answerFaults()), ...(await health.platformFaults())]),
    spend: keepFor(SPEND_MS, () => health.spend(startOfDay(now()))),
    heldParts: keepFor(SHORT_MS, health.heldParts),
  }
}
