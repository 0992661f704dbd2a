/** Both engines for the contract tests: the same statements, the same promises. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Database, Engine } from '../../bridge/store/database.ts'
import { openDatabase } from '../../bridge/store/open-database.ts'
import { isMissing } from './available-servers.ts'
import { createRecordingLogger } from './recording-logger.ts'
import { sharedPostgresDatabase } from './shared-servers.ts'

export const ENGINES: readonly { engine: Engine; isMissing: () => boolean }[] = [
  { engine: 'sqlite', isMissing: () => false },
  { engine: 'postgres', isMissing: () => isMissing('postgres') },
]

/** A new migrated database that ends with the test; `again` opens a second connection as another process would. */
export async function openTestDatabase(
  engine: Engine,
): Promise<{ database: Database; again: () => Promise<Database> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kefu-store-'))
  const url = engine === 'postgres' ? await sharedPostgresDatabase() : undefined
  const again = async () => {
    const database = await openDatabase({ url, dataDir, poolSize: 4, log: createRecordingLogger() })
    onTestFinished(async () => database.close())
    return database
  }
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  return { database: await again(), again }
}
