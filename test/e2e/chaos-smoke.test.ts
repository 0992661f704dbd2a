/** The chaos suite in small, so that every test run kills something. The whole of it: `npm run test:chaos`. */
import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { countWrong } from '../chaos/check-records.ts'
import { runScenario, type ScenarioOptions } from '../chaos/scenario.ts'
import { isMissing } from '../support/available-servers.ts'

const SMALL = {
  seed: 20261122,
  customers: 25,
  messages: 250,
  revokedTokens: 2,
  foreignCallbacks: 2,
  drainSeconds: 60,
}

async function expectNothingWrong(options: ScenarioOptions): Promise<void> {
  const { verdict, crashes, kills, folder, parked, untold } = await runScenario(options)
  const { written, answeredOnce, apologised, undelivered } = verdict
  const hint = `logs and records: ${folder} ${JSON.stringify({ verdict, parked })}`
  expect(countWrong(verdict), hint).toBe(0)
  expect(crashes, hint).toBe(0)
  expect(untold, hint).toBe(0)
  expect(answeredOnce + apologised.length + undelivered.length, hint).toBe(written)
  expect(written).toBe(options.messages)
  expect(kills.bridge).toBeGreaterThan(options.kills.bridge / 2)
  await rm(folder, { recursive: true, force: true })
}

describe('in a small chaos every message is answered once and in order', () => {
  it('by one bridge on SQLite', async () => {
    const kills = { bridge: 6, broker: 0, database: 0, edge: 1 }
    await expectNothingWrong({ ...SMALL, engine: 'sqlite', bridges: 1, seconds: 10, kills, cuts: 5 })
  })

  it.skipIf(isMissing('rabbitmq') || isMissing('postgres'))('by three on PostgreSQL and RabbitMQ', async () => {
    const kills = { bridge: 10, broker: 1, database: 1, edge: 1 }
    await expectNothingWrong({ ...SMALL, engine: 'postgres', bridges: 3, seconds: 15, kills, cuts: 5 })
  })
})
