import { existsSync } from 'node:fs'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isAppError } from '../../../../shared/app-error.ts'
import type { Database } from '../../../store/database.ts'
import { newestSchema } from '../../../store/migrate.ts'
import { inspectVectorSupport } from '../../../store/vector-support.ts'
import { defineCheck, type FindingText, type Found } from '../check.ts'
import type { Installation, OpenedDatabase } from '../installation.ts'

const MIB = 1024 * 1024
const FULL_BYTES = 200 * MIB
const LOW_BYTES = 1024 * MIB

const findings = {
  ok: { level: 'ok', says: { zh: '{engine}，可读写，表结构 {schema}', en: '{engine}, writable, schema {schema}' } },
  'disk-ok': { level: 'ok', says: { zh: '磁盘空闲 {free}', en: '{free} free on its disk' } },
  new: {
    level: 'ok',
    says: { zh: '还没有数据库，第一次 npm start 时自动建立', en: 'none yet: the first npm start makes it' },
  },
  unset: {
    level: 'failure',
    says: { zh: 'DATABASE_URL 写错了，没法检查', en: 'DATABASE_URL is wrong, so nothing can be checked' },
    todo: {
      zh: '改成 postgres://用户:密码@主机:端口/库名，或留空用 SQLite',
      en: 'write postgres://user:password@host:port/database, or leave it empty for SQLite',
    },
  },
  unavailable: {
    level: 'failure',
    says: { zh: '连不上数据库：{reason}', en: 'can not be used: {reason}' },
    todo: {
      zh: '确认数据库在运行，DATABASE_URL（PostgreSQL）或 DATA_DIR（SQLite）正确',
      en: 'is it running, and is DATABASE_URL (PostgreSQL) or DATA_DIR (SQLite) right?',
    },
  },
  'login-refused': {
    level: 'failure',
    says: { zh: 'PostgreSQL 拒绝了用户名或密码', en: 'PostgreSQL refuses the user or the password' },
    todo: { zh: '核对 DATABASE_URL 里的用户和密码', en: 'check user and password in DATABASE_URL' },
  },
  'not-created': {
    level: 'failure',
    says: { zh: 'PostgreSQL 里没有这个库', en: 'PostgreSQL has no such database' },
    todo: {
      zh: '用 createdb 建库，或核对 DATABASE_URL 最后一段',
      en: 'make it with createdb, or check the last part of DATABASE_URL',
    },
  },
  'too-new': {
    level: 'failure',
    says: { zh: '数据库的表结构比这个程序新：{reason}', en: '{reason}' },
    todo: { zh: '用更新的版本启动：git pull && npm ci', en: 'start the newer version: git pull && npm ci' },
  },
  'read-only': {
    level: 'failure',
    says: { zh: '写不进去：{reason}', en: 'can not be written to: {reason}' },
    todo: {
      zh: '检查目录权限、磁盘空间，或是否连到了只读副本',
      en: 'look at the rights of the folder, the space on the disk, or whether this is a read-only replica',
    },
  },
  pgvector: {
    level: 'ok',
    says: {
      zh: '有 pgvector {version}，向量在数据库里检索',
      en: 'pgvector {version} is there: the database searches vectors',
    },
  },
  'pgvector-not-created': {
    level: 'warning',
    says: {
      zh: '服务器装有 pgvector {version}，这个库还没有启用，向量在每个 bridge 的内存里检索',
      en: 'the server has pgvector {version}, this database not yet: each bridge searches vectors in its memory',
    },
    todo: {
      zh: "bridge 启动时会自动启用；没有权限的话，请用超级用户执行 psql -d 库名 -c 'create extension vector'，再重启 bridge",
      en: "a bridge makes it when it starts; where its user may not, run psql -d DATABASE -c 'create extension vector' as a superuser and restart the bridge",
    },
  },
  'pgvector-too-old': {
    level: 'warning',
    says: {
      zh: 'pgvector {version} 太旧（需要 0.8），向量在每个 bridge 的内存里检索',
      en: 'pgvector {version} is too old (0.8 is needed): each bridge searches vectors in its memory',
    },
    todo: {
      zh: "升级服务器上的 pgvector；已启用的再执行 psql -d 库名 -c 'alter extension vector update'，然后重启 bridge",
      en: "install a newer one on the server, then psql -d DATABASE -c 'alter extension vector update' where it is in use, and restart the bridge",
    },
  },
  'pgvector-not-installed': {
    level: 'skipped',
    says: {
      zh: '服务器没有 pgvector，向量在每个 bridge 的内存里检索，几万段以内足够快；更多时装 0.8 以上（PGDG 的 postgresql-版本-pgvector，或镜像 pgvector/pgvector）再重启 bridge',
      en: 'the server has no pgvector: each bridge searches vectors in its memory, quick enough for tens of thousands of pieces; for more, install 0.8 or later (postgresql-VERSION-pgvector of PGDG, or the image pgvector/pgvector) and restart the bridge',
    },
  },
  'to-migrate': {
    level: 'warning',
    says: { zh: '表结构是 {schema}，程序要 {newest}', en: 'has schema {schema}, the program wants {newest}' },
    todo: { zh: '重新启动 bridge，它会自动升级表结构', en: 'restart the bridge, it brings it up to date' },
  },
  'disk-low': {
    level: 'warning',
    says: { zh: '磁盘只剩 {free}', en: 'only {free} free on its disk' },
    todo: { zh: '清理磁盘，或调小 RETENTION_DAYS', en: 'make room, or lower RETENTION_DAYS' },
  },
  'disk-full': {
    level: 'failure',
    says: { zh: '磁盘快满了，只剩 {free}', en: 'the disk is nearly full: {free} left' },
    todo: {
      zh: '马上清理磁盘：写满之后收不进消息',
      en: 'make room now: on a full disk no message can be taken',
    },
  },
} satisfies Record<string, FindingText>

type Key = keyof typeof findings

export const database = defineCheck({
  name: 'database',
  about: { zh: '数据库', en: 'database' },
  deadlineMs: 15_000,
  findings,
  async run(installation) {
    const { databaseSettings } = installation
    if (databaseSettings === undefined) return [{ key: 'unset' }]
    const [state, disk] = await Promise.all([
      installation
        .openedDatabase()
        .then((opened) => inspect(opened, databaseSettings.dataDir, installation.config?.embedding !== undefined)),
      inspectDisk(installation, databaseSettings.dataDir),
    ])
    return [...state, ...disk]
  },
})

async function inspect(opened: OpenedDatabase, dataDir: string, hasVectors: boolean): Promise<Found<Key>[]> {
  switch (opened.kind) {
    case 'none':
      return inspectFolder(dataDir)
    case 'failed':
      return [describeFailure(opened.error)]
    case 'open': {
      const { database, schema } = opened
      const newest = newestSchema()
      const refusal = await tryToWrite(database)
      const isOld = schema < newest
      return [
        refusal ?? { key: 'ok', values: { engine: await describeEngine(database), schema } },
        ...(isOld ? [{ key: 'to-migrate' as const, values: { schema, newest } }] : []),
        ...(hasVectors && database.engine === 'postgres' ? [await inspectVectors(database)] : []),
      ]
    }
  }
}

async function inspectFolder(dataDir: string): Promise<Found<Key>[]> {
  try {
    // Asking for rights is not enough: root has them also where nothing can be made.
    await rmdir(await mkdtemp(join(nearestFolder(dataDir), '.kefu-doctor-')))
    return [{ key: 'new' }]
  } catch {
    return [{ key: 'read-only', values: { reason: `DATA_DIR ${dataDir}` } }]
  }
}

function describeFailure(error: unknown): Found<Key> {
  if (isAppError(error, 'database.too-new')) return { key: 'too-new', values: { reason: error.message } }
  // https://www.postgresql.org/docs/current/errcodes-appendix.html
  const { code } = ((isAppError(error) ? error.cause : error) ?? {}) as { code?: unknown }
  if (code === '28P01' || code === '28000') return { key: 'login-refused' }
  if (isAppError(error)) return { key: 'unavailable', values: { reason: error.message } }
  if (code === '3D000') return { key: 'not-created' }
  return { key: 'unavailable', values: { reason: typeof code === 'string' ? code : 'unknown' } }
}

class Undo extends Error {}

/** Writes and takes it back. */
async function tryToWrite(database: Database): Promise<Found<Key> | undefined> {
  try {
    await database.transaction(async (sql) => {
      await sql.run('delete from migration where no = ?1', -1)
      await sql.run('insert into migration (no, at) values (?1, ?2)', -1, 0)
      throw new Undo()
    })
  } catch (error) {
    if (error instanceof Undo) return undefined
    const code = (error as { code?: unknown } | null)?.code
    const reason = isAppError(error) ? error.message : typeof code === 'string' ? code : 'unknown'
    return { key: 'read-only', values: { reason } }
  }
  return undefined
}

async function inspectVectors(database: Database): Promise<Found<Key>> {
  const support = await inspectVectorSupport(database)
  if (support.kind === 'not-installed') return { key: 'pgvector-not-installed' }
  const { kind, version } = support
  return { key: kind === 'ready' ? 'pgvector' : `pgvector-${kind}`, values: { version } }
}

async function describeEngine(database: Database): Promise<string> {
  const isSqlite = database.engine === 'sqlite'
  const query = isSqlite ? 'select sqlite_version() as version' : "select current_setting('server_version') as version"
  const [row] = await database.all<{ version: string }>(query)
  return `${isSqlite ? 'SQLite' : 'PostgreSQL'} ${row?.version}`
}

async function inspectDisk({ freeBytes }: Installation, dataDir: string): Promise<Found<Key>[]> {
  const bytes = await freeBytes(nearestFolder(dataDir)).catch(() => undefined)
  if (bytes === undefined) return []
  const free = bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`
  return [{ key: bytes < FULL_BYTES ? 'disk-full' : bytes < LOW_BYTES ? 'disk-low' : 'disk-ok', values: { free } }]
}

/** DATA_DIR, or the first folder above it that is there. */
function nearestFolder(dataDir: string): string {
  let folder = resolve(dataDir)
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
