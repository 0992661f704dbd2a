/** Counts what a command has vendors do, beside what the bridges count. Flush it at the end. */
import { createPaidCalls } from '../create-paid-calls.ts'
import { createLogger } from '../logger.ts'
import { createSettings } from '../settings/settings.ts'
import type { Database } from '../store/database.ts'
import { createSettingStore } from '../store/setting-store.ts'
import { createSpendStore } from '../store/spend-store.ts'

export async function openSpending(database: Database) {
  const log = createLogger({ level: 'silent', pretty: false })
  const settings = createSettings({ store: createSettingStore(database), log, everyMs: 0 })
  await settings.refresh()
  return createPaidCalls({ store: createSpendStore(database), settingsOf: settings.of, now: database.now, log })
}
