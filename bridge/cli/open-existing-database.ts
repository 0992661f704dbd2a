import { existsSync } from 'node:fs'
import { AppError } from '../../shared/app-error.ts'
import type { DatabaseSettings } from '../config.ts'
import { createLogger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import { openDatabase, toSqlitePath } from '../store/open-database.ts'
import type { Text } from './language.ts'

/**
 * The database of the settings. Rejects with `cli.no-database` instead of making an empty one where nobody looks for it, and with
 * `database.unavailable` at once instead of waiting for a server.
 */
export async function openExistingDatabase(
  { databaseUrl, dataDir }: DatabaseSettings,
  say: (text: Text) => string,
): Promise<Database> {
  const path = toSqlitePath(dataDir)
  if (databaseUrl === undefined && !existsSync(path)) {
    const message = say({
      zh: `这里没有数据库：${path}。请在 bridge 的目录里运行，或设置 DATA_DIR（SQLite）或 DATABASE_URL（PostgreSQL）。`,
      en: `there is no database at ${path}. Run this in the bridge's folder, or set DATA_DIR (SQLite) or DATABASE_URL (PostgreSQL).`,
    })
    throw new AppError('cli.no-database', message, { retryable: false })
  }
  const log = createLogger({ level: 'silent', pretty: false })
  return openDatabase({ url: databaseUrl, dataDir, poolSize: 2, log, tries: 1 })
}
