/** Makes room for a restore or a move: a database of ours at a given schema, with nothing in it. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { AppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import type { Database } from '../database.ts'
import { createMetaStore } from '../meta-store.ts'
import { newestSchema } from '../migrate.ts'
import { openDatabase, toSqlitePath } from '../open-database.ts'
import { findRunningBridge, isInUse, type RunningProbe } from './find-running.ts'
import { DERIVED_TABLES, knownTables } from './known-tables.ts'
import { MOVED_TO, RESTORING } from './marks.ts'

export interface TargetOptions extends RunningProbe {
  databaseUrl: string | undefined
  dataDir: string
  /** Of what is to be put in. */
  schema: number
  /** What is there may go: a file of SQLite is renamed, the tables of PostgreSQL are dropped. */
  replace: boolean
  log: Logger
}

export interface Target {
  database: Database
  /** Where the file of SQLite that was in the way is now. */
  keptAs: string | undefined
  /** Closes it and takes back what was made so far. A file of SQLite is then as it was; what PostgreSQL had is gone, and the mark stays. */
  discard(): Promise<void>
}

/**
 * Rejects with `database.too-new` when this program does not know the schema, `database.in-use` while a bridge works on the target, and
 * `database.not-empty` when it holds something and `replace` is not set. Then nothing has been changed.
 */
export async function prepareTarget(options: TargetOptions): Promise<Target> {
  const { databaseUrl, dataDir, schema, log } = options
  if (schema > newestSchema()) {
    const message = `the data has schema ${schema}, this program knows ${newestSchema()}: use the newer version`
    throw new AppError('database.too-new', message, { retryable: false, details: { schema, known: newestSchema() } })
  }
  const path = toSqlitePath(dataDir)
  const open = (toSchema?: number) =>
    openDatabase({
      url: databaseUrl,
      dataDir,
      poolSize: 2,
      log,
      tries: 1,
      ...(toSchema === undefined ? {} : { schema: toSchema }),
    })
  const made = async (keptAs: string | undefined): Promise<Target> => {
    const database = await marked(open(schema))
    const discard = async () => {
      await database.close()
      if (databaseUrl === undefined) putBack(path, keptAs)
    }
    return { database, keptAs, discard }
  }
  if (databaseUrl === undefined && !existsSync(path)) return made(undefined)

  const found = await open()
  let isKept: boolean
  try {
    isKept = await checkTarget(found, options)
    if (databaseUrl !== undefined) {
      await found.transaction(async (sql) => {
        for (const table of [...DERIVED_TABLES, ...knownTables().reverse()])
          await sql.run(`drop table if exists ${table}`)
      })
    }
  } finally {
    await found.close()
  }
  return made(databaseUrl === undefined ? setAside(path, isKept) : undefined)
}

/** From here on no bridge starts on it until it is filled. */
async function marked(opening: Promise<Database>): Promise<Database> {
  const database = await opening
  await createMetaStore(database).set(RESTORING, String(database.now()))
  return database
}

/** Resolves to whether somebody would miss what is in it. What a restore that failed has left is nobody's. */
async function checkTarget(found: Database, { replace, ...probe }: TargetOptions): Promise<boolean> {
  const running = await findRunningBridge(found, probe)
  if (running !== undefined) {
    throw new AppError('database.in-use', `a bridge works on the target database (${running}): end it first`, {
      retryable: false,
      details: { running },
    })
  }
  const meta = createMetaStore(found)
  if ((await meta.get(RESTORING)) !== undefined) return false
  const isKept = (await isInUse(found, knownTables())) || (await meta.get(MOVED_TO)) !== undefined
  if (isKept && !replace) {
    throw new AppError('database.not-empty', 'the target database is not empty', { retryable: false })
  }
  return isKept
}

/** Under another name in the same folder; the last connection that was closed has folded the WAL into it. */
function setAside(path: string, isKept: boolean): string | undefined {
  if (!isKept) {
    remove(path)
    return undefined
  }
  const kept = `${path}.before-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  renameSync(path, kept)
  return kept
}

function putBack(path: string, kept: string | undefined): void {
  remove(path)
  if (kept !== undefined) renameSync(kept, path)
}

function remove(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}
