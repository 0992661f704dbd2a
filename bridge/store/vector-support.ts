/** Whether a PostgreSQL server can compare vectors: the extension pgvector, https://github.com/pgvector/pgvector */
import { first, type Sql } from './database.ts'

/** `ready`: made in this database and new enough. `schema`: where its types are, quoted. */
export type VectorSupport =
  | { kind: 'ready'; version: string; schema: string }
  | { kind: 'too-old'; version: string }
  /** The server has it, this database not yet. */
  | { kind: 'not-created'; version: string }
  | { kind: 'not-installed' }

/** The first that goes on searching until enough chunks of the wanted bases are found (`hnsw.iterative_scan`). */
const LEAST_VERSION = [0, 8] as const

export async function inspectVectorSupport(sql: Pick<Sql, 'all'>): Promise<VectorSupport> {
  const created = await first(
    sql.all<{ version: string; schema: string }>(
      `select extversion as version, quote_ident(nspname) as schema from pg_extension
       join pg_namespace on pg_namespace.oid = extnamespace where extname = 'vector'`,
    ),
  )
  if (created !== undefined) return { kind: isNewEnough(created.version) ? 'ready' : 'too-old', ...created }
  const available = await first(
    sql.all<{ version: string }>(
      `select default_version as version from pg_available_extensions where name = 'vector'`,
    ),
  )
  if (available === undefined) return { kind: 'not-installed' }
  return { kind: isNewEnough(available.version) ? 'not-created' : 'too-old', version: available.version }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1])
}
