/** Counts what a command has vendors do, beside what the bridges count. Flush it at the end. */
import { costMicros } from '../../answer/model-prices.ts'
import { createLogger } from '../../logger.ts'
import { toLocalTime } from '../../service/is-open.ts'
import { createSettings } from '../../settings/settings.ts'
import { createSpending, type Spending } from '../../spending/create-spending.ts'
import type { Database } from '../../store/database.ts'
import { createSettingStore } from '../../store/setting-store.ts'
import { createSpendStore } from '../../store/spend-store.ts'

export async function openSpending(database: Database): Promise<Pick<Spending, 'count' | 'flush'>> {
  const log = createLogger({ level: 'silent', pretty: false })
  const settings = createSettings({ store: createSettingStore(database), log, everyMs: 0 })
  await settings.refresh()
  const { now } = database
  return createSpending({
    store: createSpendStore(database),
    costOf: (call, openKfId) => costMicros(call, settings.of(openKfId).answer.prices, now()),
    dayOf: (openKfId) => toLocalTime(now(), settings.of(openKfId).hours.timeZone).day,
    now,
    log,
  })
}
