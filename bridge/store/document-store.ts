/**
 * What the company knows, as rows: knowledge bases, where their documents come from, and the documents with their chunks. A document is
 * replaced in one transaction, so it is there as it was or as it is, never by half. Every change raises one number, by which
 * whoever derives something from these rows sees that there is something new, and which documents it is.
 */
import { type Database, first, type Sql } from './database.ts'
import { inChunks } from './in-chunks.ts'
import { insertMany } from './insert-many.ts'
import { createKnowledgeFiles } from './knowledge-files.ts'
import { createKnowledgeSources } from './knowledge-sources.ts'
import { raiseKnowledgeVersion, readKnowledgeVersion } from './knowledge-version.ts'
import { toKnowledgeId } from './to-knowledge-id.ts'
import { fromBase64, type VectorIndex } from './vector-index.ts'

/** `faq`: one entry of a table, its title the question, its only chunk the answer. */
export type KnowledgeDocumentKind = 'faq' | 'text'

export interface NewDocument {
  uri: string
  kind: KnowledgeDocumentKind
  title: string
  /** Of all that it is made from: a document with the same one is left alone. */
  hash: string
  chunks: readonly NewChunk[]
  meta: DocumentMeta
}

export interface NewChunk {
  heading: string
  text: string
}

export interface DocumentMeta {
  /** Other ways to ask for a FAQ entry. */
  similar?: readonly string[]
  /** What is sent with a FAQ entry's answer, as the JSON of a `ReplyContent` each. */
  attachments?: readonly unknown[]
  /** Where people can read it. */
  url?: string
}

export interface DocumentRow {
  id: string
  base: string
  source: string
  uri: string
  kind: KnowledgeDocumentKind
  title: string
  hash: string
  /** `failed`: what is there could not be read the last time; `error` says why, and what was known before is still found. */
  state: 'ready' | 'failed'
  error: string
  meta: DocumentMeta
  version: number
  syncedAt: number
  chunks: number
}

export interface StoredDocument extends DocumentRow {
  pieces: readonly StoredPiece[]
}

export interface StoredPiece {
  id: string
  heading: string
  text: string
  /** Of which model the vector is; '' when there is none. */
  model: string
  vector: Float32Array | undefined
}

export type Saved = 'added' | 'changed' | 'unchanged'

const COLUMNS = `document.id, document.base, document.source, document.uri, document.kind, document.title, document.hash, document.state,
  document.error, document.meta, document.version, document.synced_at,
  (select count(*) from chunk where chunk.doc_id = document.id) as chunks`

/** `vectors`: the database's own index of them, where it has one. */
export function createDocumentStore(database: Database, vectors?: VectorIndex) {
  const readDocuments = async (condition: string, ...values: (string | number)[]): Promise<DocumentRow[]> => {
    const rows = await database.all<RawDocument>(
      `select ${COLUMNS} from document where ${condition} order by document.base, document.title, document.id`,
      ...values,
    )
    return rows.map(toDocument)
  }

  return {
    ...createKnowledgeSources(database),
    ...createKnowledgeFiles(database),
    vectors,

    version: (): Promise<number> => readKnowledgeVersion(database),

    documents: (base?: string): Promise<DocumentRow[]> =>
      base === undefined ? readDocuments('1 = 1') : readDocuments('document.base = ?1', base),

    documentsOf: (source: string): Promise<DocumentRow[]> => readDocuments('document.source = ?1', source),

    /** Those whose id begins so; at most three, as one is wanted. */
    async find(idPrefix: string): Promise<DocumentRow[]> {
      const rows = await readDocuments('substr(document.id, 1, length(?1)) = ?1', idPrefix)
      return rows.slice(0, 3)
    },

    /** Replaces it whole. One that is there with the same hash costs a look. */
    save: (base: string, source: string, document: NewDocument): Promise<Saved> =>
      database.transaction((sql) => saveDocument(sql, database.now(), base, source, document)),

    /** Notes that it can't be read now. What was known of it before stays. */
    async fail(base: string, source: string, { uri, title, error }: { uri: string; title: string; error: string }) {
      await database.run(
        `insert into document (id, base, source, uri, kind, title, hash, state, error, synced_at)
         values (?1, ?2, ?3, ?4, 'text', ?5, '', 'failed', ?6, ?7)
         on conflict (source, uri) do update set state = 'failed', hash = '', error = excluded.error, synced_at = excluded.synced_at`,
        toKnowledgeId('doc', `${source}\n${uri}`),
        base,
        source,
        uri,
        title,
        error,
        database.now(),
      )
    },

    /** How many there were. */
    remove: (ids: readonly string[]): Promise<number> =>
      database.transaction(async (sql) => {
        let removed = 0
        for (const id of ids) {
          await sql.run('delete from chunk where doc_id = ?1', id)
          removed += await sql.run('delete from document where id = ?1', id)
        }
        if (removed > 0) await raiseKnowledgeVersion(sql)
        return removed
      }),

    /** Every document that can be found, by its version. */
    async versions(): Promise<Map<string, number>> {
      const rows = await database.all<{ id: string; version: number }>(
        'select id, version from document where version > 0',
      )
      return new Map(rows.map(({ id, version }) => [id, version]))
    },

    /** With their chunks, and the vectors of those unless they are not wanted: they are most of it. */
    async read(ids: readonly string[], { withVectors = true } = {}): Promise<StoredDocument[]> {
      const read: StoredDocument[] = []
      for (const part of inChunks(ids)) {
        const places = part.map((_, index) => `?${index + 1}`).join(', ')
        const documents = await readDocuments(`document.id in (${places})`, ...part)
        const pieces = await database.all<RawPiece>(
          `select id, doc_id, heading, text, model, ${withVectors ? 'vec' : `'' as vec`} from chunk where doc_id in (${places}) order by doc_id, no`,
          ...part,
        )
        const byDocument = Map.groupBy(pieces, (piece) => piece.doc_id)
        for (const document of documents) {
          read.push({ ...document, pieces: (byDocument.get(document.id) ?? []).map(toPiece) })
        }
      }
      return read
    },

    /** Chunks that have no vector of this model, with what the vector is to be made of. */
    async withoutVector(model: string, limit: number): Promise<{ id: string; text: string }[]> {
      const rows = await database.all<{ id: string; title: string; heading: string; text: string }>(
        `select chunk.id, document.title, chunk.heading, chunk.text from chunk join document on document.id = chunk.doc_id
         where chunk.model <> ?1 order by chunk.id limit ${limit}`,
        model,
      )
      return rows.map(({ id, title, heading, text }) => ({
        id,
        text: [title, heading, text].filter(Boolean).join('\n'),
      }))
    },

    async countWithoutVector(model: string): Promise<number> {
      const [row] = await database.all<{ count: number }>(
        'select count(*) as count from chunk where model <> ?1',
        model,
      )
      return Number(row?.count ?? 0)
    },

    /** A chunk that was replaced meanwhile is passed over. */
    async saveVectors(model: string, made: readonly { id: string; vector: Float32Array }[]): Promise<void> {
      for (const length of new Set(made.map(({ vector }) => vector.length))) await vectors?.prepare(length)
      await database.transaction(async (sql) => {
        const version = await raiseKnowledgeVersion(sql)
        for (const { id, vector } of made) {
          await sql.run(
            'update chunk set model = ?2, dims = ?3, vec = ?4 where id = ?1',
            id,
            model,
            vector.length,
            Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64'),
          )
          await vectors?.put(sql, model, id, vector)
          await sql.run(
            'update document set version = ?2 where id = (select doc_id from chunk where id = ?1)',
            id,
            version,
          )
        }
      })
    },
  }
}

export type DocumentStore = ReturnType<typeof createDocumentStore>

async function saveDocument(
  sql: Sql,
  now: number,
  base: string,
  source: string,
  { uri, kind, title, hash, chunks, meta }: NewDocument,
): Promise<Saved> {
  const id = toKnowledgeId('doc', `${source}\n${uri}`)
  const known = await first(sql.all<{ hash: string }>('select hash from document where id = ?1', id))
  if (known?.hash === hash) {
    await sql.run('update document set synced_at = ?2 where id = ?1', id, now)
    return 'unchanged'
  }
  const version = await raiseKnowledgeVersion(sql)
  await sql.run(
    `insert into document (id, base, source, uri, kind, title, hash, state, meta, version, synced_at)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'ready', ?8, ?9, ?10)
     on conflict (source, uri) do update set kind = excluded.kind, title = excluded.title, hash = excluded.hash, state = 'ready',
       error = '', meta = excluded.meta, version = excluded.version, synced_at = excluded.synced_at`,
    id,
    base,
    source,
    uri,
    kind,
    title,
    hash,
    JSON.stringify(meta),
    version,
    now,
  )
  await sql.run('delete from chunk where doc_id = ?1', id)
  const rows = chunks.map(({ heading, text }, no) => [`${id}-${no}`, id, no, heading, text])
  await insertMany(sql, 'chunk', ['id', 'doc_id', 'no', 'heading', 'text'], rows)
  return known === undefined ? 'added' : 'changed'
}

interface RawDocument extends Omit<DocumentRow, 'meta' | 'syncedAt'> {
  meta: string
  synced_at: number
}

function toDocument({ meta, synced_at, ...row }: RawDocument): DocumentRow {
  return { ...row, meta: JSON.parse(meta) as DocumentMeta, syncedAt: synced_at }
}

interface RawPiece extends Omit<StoredPiece, 'vector'> {
  doc_id: string
  vec: string
}

function toPiece({ id, heading, text, model, vec }: RawPiece): StoredPiece {
  return { id, heading, text, model, vector: vec === '' ? undefined : fromBase64(vec) }
}
