/**
 * The vectors of the chunks once more, in a table that PostgreSQL can search: there where the server has pgvector. It is derived from
 * `chunk.vec` and outside the migrations: no backup holds it, and what it lacks is filled in again. Kept as halfvec, of half the size, which
 * can be indexed up to 4,000 numbers; longer vectors are compared one by one. Source: https://github.com/pgvector/pgvector#hnsw
 */
import { AppError, isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import { type Database, first, type Sql } from './database.ts'
import { inspectVectorSupport, type VectorSupport } from './vector-support.ts'

export interface NearQuery {
  /** Of the vectors: those of another can't be compared. */
  model: string
  vectors: readonly Float32Array[]
  /** Undefined: all. */
  bases: readonly string[] | undefined
  limit: number
}

export interface VectorIndex {
  /**
   * The ids of the nearest chunks for each vector, best first. Rejects with `database.no-vectors` (retryable) when that fails or takes
   * longer than two seconds: it then says nothing about the rest of the database. For five seconds after that it rejects at once, since all
   * questions of a busy moment would hold the connections that everything else needs.
   */
  near(query: NearQuery): Promise<string[][]>
  /** To be called before vectors of a length are put in, outside of the transaction. */
  prepare(dimensions: number): Promise<void>
  /** In the transaction that writes the chunk's own row; one that is gone, or has a vector of another model by now, is passed over. */
  put(sql: Sql, model: string, chunk: string, vector: Float32Array): Promise<void>
  /**
   * Brings in what is not there yet; any process may, also several at once, and what is done stays done. Resolves to how many.
   * `onProgress` is called after each page.
   */
  fill(signal?: AbortSignal, onProgress?: (done: number, total: number) => void): Promise<number>
}

/** Beside the one of migrate.ts: any fixed number, the same in every bridge. */
const ADVISORY_LOCK = 7_204_712
const MAX_DIMENSIONS = 16_000
const MAX_INDEXED_DIMENSIONS = 4_000
const NEAR_TIMEOUT_MS = 2_000
const REST_MS = 5_000
/** Chunks that are looked at more closely. */
const EF_SEARCH = 200
const FILL_PAGE = 100

/** Undefined where there is none, which is said once. Rejects with `database.unavailable` only. */
export async function openVectorIndex(
  database: Database,
  { log, restMs = REST_MS }: { log: Logger; restMs?: number },
): Promise<VectorIndex | undefined> {
  if (database.engine !== 'postgres') return undefined
  try {
    const support = await createExtension(database)
    if (support.kind !== 'ready') {
      log.info('knowledge.vectors-in-memory', { pgvector: support.kind })
      return undefined
    }
    await createTable(database, support.schema)
    log.info('knowledge.vectors-in-database', { pgvector: support.version })
    return createVectorIndex(database, support.schema, restMs)
  } catch (error) {
    if (isAppError(error, 'database.unavailable')) throw error
    log.warn('knowledge.vectors-in-memory', { error })
    return undefined
  }
}

/** Only a superuser may, unless the server is set up otherwise; then somebody else has to. */
async function createExtension(database: Database): Promise<VectorSupport> {
  const found = await inspectVectorSupport(database)
  if (found.kind !== 'not-created') return found
  try {
    await database.transaction(async (sql) => {
      await sql.all('select pg_advisory_xact_lock(cast(?1 as bigint))', ADVISORY_LOCK)
      await sql.run('create extension if not exists vector')
    })
  } catch (error) {
    if (isAppError(error)) throw error
    return found
  }
  return inspectVectorSupport(database)
}

function createTable(database: Database, schema: string): Promise<void> {
  return database.transaction(async (sql) => {
    await sql.all('select pg_advisory_xact_lock(cast(?1 as bigint))', ADVISORY_LOCK)
    const columns = await sql.all<{ name: string }>(
      `select attname as name from pg_attribute
       where attrelid = to_regclass('chunk_vector') and attnum > 0 and not attisdropped`,
    )
    if (columns.some(({ name }) => name === 'embedding')) return
    // The extension was dropped, and took the column along.
    if (columns.length > 0) await sql.run('drop table chunk_vector')
    await sql.run(
      `create table chunk_vector (
        chunk text primary key references chunk on delete cascade,
        base text not null,
        model text not null,
        dims int not null,
        embedding ${schema}.halfvec not null)`,
    )
    // A base that holds few of the chunks is read whole, rather than found among all the others.
    await sql.run('create index chunk_vector_base on chunk_vector (base, dims)')
  })
}

function createVectorIndex(database: Database, schema: string, restMs: number): VectorIndex {
  let failedAt = Number.NEGATIVE_INFINITY
  const prepared = new Set<number>()

  const prepare = async (dimensions: number): Promise<void> => {
    if (dimensions > MAX_INDEXED_DIMENSIONS || prepared.has(dimensions)) return
    const name = `chunk_vector_${dimensions}`
    await database.transaction(async (sql) => {
      await sql.run('lock table chunk_vector in share row exclusive mode')
      const row = await first(sql.all<{ is_there: boolean }>(`select to_regclass('${name}') is not null as is_there`))
      if (row?.is_there === true) return
      // Made while it is empty, so that no statement takes long; `fill` brings back what was there, if anything was.
      await sql.run('delete from chunk_vector where dims = ?1', dimensions)
      await sql.run(
        `create index ${name} on chunk_vector using hnsw ((embedding::${schema}.halfvec(${dimensions})) ${schema}.halfvec_cosine_ops)
         where dims = ${dimensions}`,
      )
    })
    prepared.add(dimensions)
  }

  const put = async (sql: Sql, model: string, chunk: string, vector: Float32Array): Promise<void> => {
    if (vector.length === 0 || vector.length > MAX_DIMENSIONS) return
    await sql.run(
      `insert into chunk_vector (chunk, base, model, dims, embedding)
       select chunk.id, document.base, chunk.model, chunk.dims, cast(?3 as ${schema}.halfvec)
       from chunk join document on document.id = chunk.doc_id
       where chunk.id = ?1 and chunk.model = ?2 and chunk.dims = ?4 for key share of chunk
       on conflict (chunk) do update set model = excluded.model, dims = excluded.dims, embedding = excluded.embedding`,
      chunk,
      model,
      toHalfvec(vector),
      vector.length,
    )
  }

  const near = (sql: Sql, { model, bases, limit }: NearQuery, vector: Float32Array) => {
    const dimensions = vector.length
    const type = `${schema}.halfvec(${dimensions})`
    return sql.all<{ chunk: string }>(
      `with near as materialized (
         select chunk, embedding::${type} operator(${schema}.<=>) cast(?1 as ${type}) as distance from chunk_vector
         where dims = ${dimensions} and model = ?2 ${bases === undefined ? '' : `and base = any(string_to_array(?3, ','))`}
         order by 2 limit ${limit})
       select chunk from near order by distance, chunk`,
      toHalfvec(vector),
      model,
      ...(bases === undefined ? [] : [bases.join()]),
    )
  }

  const mustNotRest = (): void => {
    if (performance.now() - failedAt < restMs) throw noVectors('PostgreSQL could not search the vectors a moment ago')
  }

  return {
    prepare,
    put,

    async near(query) {
      mustNotRest()
      return database.transaction(async (sql) => {
        // It may have failed while this one waited for its connection.
        mustNotRest()
        try {
          await sql.all(
            `select set_config('hnsw.ef_search', '${EF_SEARCH}', true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
               set_config('plan_cache_mode', 'force_custom_plan', true), set_config('statement_timeout', '${NEAR_TIMEOUT_MS}', true)`,
          )
          const found: string[][] = []
          for (const vector of query.vectors) {
            found.push((await near(sql, query, vector)).map(({ chunk }) => chunk))
          }
          return found
        } catch (cause) {
          failedAt = performance.now()
          throw noVectors('PostgreSQL could not search the vectors', cause)
        }
      })
    },

    async fill(signal, onProgress) {
      const missing = `chunk.vec <> '' and not exists (select 1 from chunk_vector
        where chunk_vector.chunk = chunk.id and chunk_vector.model = chunk.model and chunk_vector.dims = chunk.dims)`
      const count = await first(database.all<{ n: number }>(`select count(*) as n from chunk where ${missing}`))
      const total = count?.n ?? 0
      let done = 0
      // By id, so that what can't be brought in is passed once and not for ever.
      for (let last = ''; done < total && signal?.aborted !== true; ) {
        const page = await database.all<{ id: string; model: string; vec: string }>(
          `select id, model, vec from chunk where id > ?1 and ${missing} order by id limit ${FILL_PAGE}`,
          last,
        )
        if (page.length === 0) break
        const rows = page.map(({ vec, ...row }) => ({ ...row, vector: fromBase64(vec) }))
        for (const dimensions of new Set(rows.map(({ vector }) => vector.length))) await prepare(dimensions)
        await database.transaction(async (sql) => {
          for (const { id, model, vector } of rows) await put(sql, model, id, vector)
        })
        last = page.at(-1)?.id ?? last
        done += page.length
        onProgress?.(done, total)
      }
      return done
    },
  }
}

/** By another name than the database's own failures: a search that is too slow does not mean that it is down. */
function noVectors(message: string, cause?: unknown): AppError {
  return new AppError('database.no-vectors', message, { retryable: true, cause })
}

/** How a vector lies in a row of `chunk`: float32 in base64. */
export function fromBase64(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)
}

/** Of length 1: halfvec reaches to 65,504 only. Seven digits are more than it keeps. */
function toHalfvec(vector: Float32Array): string {
  let sum = 0
  for (const value of vector) sum += value * value
  const norm = Math.sqrt(sum) || 1
  return `[${Array.from(vector, (value) => (value / norm).toFixed(7)).join()}]`
}
