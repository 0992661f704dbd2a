/**
 * What the doctor looks at: the settings as far as they can be read, and the parts behind them, each opened or asked at most once, however
 * many checks want it. A setting that is wrong costs the checks that need it, not the others.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isAppError } from '../../../shared/app-error.ts'
import {
  type Config,
  type DatabaseSettings,
  parseConfig,
  parseDatabaseSettings,
  parseEdgeSettings,
  parsePlatformSettings,
} from '../../config.ts'
import { createLogger } from '../../logger.ts'
import { createFfmpeg } from '../../parse/sound/run-ffmpeg.ts'
import { createAccessStore } from '../../store/access-store.ts'
import { createAccessTokenStore } from '../../store/access-token-store.ts'
import type { Database } from '../../store/database.ts'
import { createLeaseStore } from '../../store/lease-store.ts'
import { createMetaStore } from '../../store/meta-store.ts'
import { newestSchema } from '../../store/migrate.ts'
import { openDatabase, toSqlitePath } from '../../store/open-database.ts'
import type { RefusedSecret, StoredToken } from '../../wecom/access-token-store.ts'
import { createWecomClient } from '../../wecom/create-wecom-client.ts'
import type { Account } from '../../wecom/endpoints/list-accounts.ts'
import { createMemoryTokenStore } from '../memory-token-store.ts'
import { askEdge, type EdgeAddress, type EdgeAnswer } from './ask-edge.ts'

export type Env = Readonly<Record<string, string | undefined>>

export type OpenedDatabase =
  /** SQLite, and no bridge has been started here yet. */
  { kind: 'none' } | { kind: 'open'; database: Database; schema: number } | { kind: 'failed'; error: unknown }

export interface Installation {
  env: Env
  /** Undefined while something in them is wrong. */
  config: Config | undefined
  /** `config.invalid`, with a line per fault; undefined when nothing is wrong. */
  fault: string | undefined
  edge: EdgeAddress | undefined
  wecom: Config['wecom'] | undefined
  databaseSettings: DatabaseSettings | undefined
  /** Token and EncodingAESKey of the callback where they are known here: from the environment or `.dev.vars`. */
  callback: { token: string; aesKey: string } | undefined
  fetch: typeof fetch
  nodeVersion: string
  freeBytes(path: string): Promise<number>
  hasFfmpeg(signal: AbortSignal): Promise<boolean>
  /** Of the reader of pictures; undefined where a package is not installed. */
  ocrDataPath(language: string): string | undefined
  openedDatabase(): Promise<OpenedDatabase>
  askedEdge(): Promise<EdgeAnswer>
  /** Every account of the corp. Rejects as the platform's client does. */
  accounts(): Promise<Account[]>
  close(): Promise<void>
}

export interface InstallationDeps {
  env: Env
  /** What `.dev.vars` holds. */
  devVars: Env
  fetch?: typeof fetch | undefined
  nodeVersion?: string
  freeBytes?: (path: string) => Promise<number>
  hasFfmpeg?: (signal: AbortSignal) => Promise<boolean>
  ocrDataPath?: (language: string) => string | undefined
}

export function openInstallation(deps: InstallationDeps): Installation {
  const { env, devVars, fetch: doFetch = fetch, nodeVersion = process.versions.node } = deps
  const { signal } = new AbortController()
  const { value: config, fault } = attempt(() => parseConfig(env))
  const edge = attempt(() => parseEdgeSettings(env)).value
  const wecom = attempt(() => parsePlatformSettings(env)).value
  const databaseSettings = attempt(() => parseDatabaseSettings(env)).value
  const token = env.WECHAT_TOKEN || devVars.WECHAT_TOKEN
  const aesKey = env.WECHAT_AESKEY || devVars.WECHAT_AESKEY
  const openedDatabase = once(() => open(databaseSettings))

  return {
    ...{ env, config, fault, edge, wecom, databaseSettings, nodeVersion, openedDatabase },
    callback: token && aesKey ? { token, aesKey } : undefined,
    fetch: doFetch,
    freeBytes: deps.freeBytes ?? freeBytes,
    hasFfmpeg: deps.hasFfmpeg ?? createFfmpeg().isInstalled,
    ocrDataPath: deps.ocrDataPath ?? ocrDataPath,
    askedEdge: once(async () => {
      if (edge === undefined) throw new Error('there is no edge to ask')
      return askEdge(edge, { fetch: doFetch, signal })
    }),
    accounts: once(async () => {
      if (wecom === undefined) throw new Error('there is no platform to ask')
      const opened = await openedDatabase()
      return createPlatform(wecom, opened, doFetch).listAccounts(signal)
    }),
    async close() {
      const opened = await openedDatabase()
      if (opened.kind === 'open') await opened.database.close()
    },
  }
}

/** The running bridge's token where there is a database; otherwise one for this run alone. */
function createPlatform(settings: Config['wecom'], opened: OpenedDatabase, doFetch: typeof fetch) {
  const log = createLogger({ level: 'silent', pretty: false })
  if (opened.kind !== 'open' || opened.schema !== newestSchema()) {
    return createWecomClient({ ...settings, tokenStore: createMemoryTokenStore(), log, fetch: doFetch })
  }
  const { database } = opened
  return createWecomClient({
    ...settings,
    tokenStore: createAccessTokenStore<StoredToken, RefusedSecret>({
      meta: createMetaStore(database),
      leases: createLeaseStore(database),
      instanceId: `doctor-${randomUUID()}`,
    }),
    accessStore: createAccessStore(database),
    now: database.now,
    log,
    fetch: doFetch,
  })
}

/** As it is: nothing is migrated, since a running bridge may be of an older version. */
async function open(settings: DatabaseSettings | undefined): Promise<OpenedDatabase> {
  if (settings === undefined) return { kind: 'none' }
  const { databaseUrl, dataDir } = settings
  if (databaseUrl === undefined && !existsSync(toSqlitePath(dataDir))) return { kind: 'none' }
  try {
    const log = createLogger({ level: 'silent', pretty: false })
    const database = await openDatabase({ url: databaseUrl, dataDir, poolSize: 2, log, tries: 1, schema: 0 })
    const [row] = await database.all<{ no: number | null }>('select max(no) as no from migration')
    return { kind: 'open', database, schema: row?.no ?? 0 }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

function ocrDataPath(language: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`@tesseract.js-data/${language}/package.json`)
    return join(dirname(manifest), '4.0.0_best_int', `${language}.traineddata.gz`)
  } catch {
    return undefined
  }
}

function attempt<T>(parse: () => T): { value?: T; fault?: string } {
  try {
    return { value: parse() }
  } catch (error) {
    if (isAppError(error, 'config.invalid')) return { fault: error.message }
    throw error
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}
