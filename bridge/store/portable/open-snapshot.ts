/** Opens a database for reading as it is now, while bridges go on writing. */
import { existsSync } from 'node:fs'
import { AppError } from '../../../shared/app-error.ts'
import { toSqlitePath } from '../open-database.ts'
import type { RunningProbe } from './find-running.ts'
import type { PortableSource } from './portable-source.ts'
import { openSqliteSnapshot } from './sqlite-snapshot.ts'

export interface SnapshotOptions extends RunningProbe {
  /** `postgres://…`; undefined for SQLite in `dataDir`. */
  databaseUrl: string | undefined
  dataDir: string
}

/** Rejects with `database.missing` when there is none, and with `database.no-identity` when it is not ours. */
export async function openSnapshot({ databaseUrl, dataDir, ...probe }: SnapshotOptions): Promise<PortableSource> {
  if (databaseUrl !== undefined) {
    // The driver is loaded only where there is a server.
    const { openPostgresSnapshot } = await import('./postgres-snapshot.ts')
    return openPostgresSnapshot(databaseUrl, probe)
  }
  const path = toSqlitePath(dataDir)
  if (!existsSync(path)) {
    throw new AppError('database.missing', `there is no database at ${path}`, { retryable: false, details: { path } })
  }
  return openSqliteSnapshot(path, probe)
}
