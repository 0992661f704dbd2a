/** Knowledge bases, and where their documents come from. What is removed goes with all that it holds, in one transaction. */
import { randomUUID } from 'node:crypto'
import { type Database, first } from './database.ts'
import { raiseKnowledgeVersion } from './knowledge-version.ts'
import { toKnowledgeId } from './to-knowledge-id.ts'

export interface KnowledgeBase {
  id: string
  name: string
  about: string
  /** Of the documents that can be found. */
  documents: number
  failed: number
  chunks: number
}

export type SourceKind = 'file' | 'folder' | 'faq' | 'page' | 'sitemap' | 'platform'

export interface KnowledgeSourceRow {
  id: string
  base: string
  kind: SourceKind
  uri: string
  /** How often it is read again by the bridge; 0: only when somebody says so. */
  everyMs: number
  /** Unix ms; 0: never yet. */
  syncedAt: number
  error: string
}

const SOURCE_COLUMNS = 'id, base, kind, uri, every_ms, synced_at, error'

export function createKnowledgeSources(database: Database) {
  return {
    async bases(): Promise<KnowledgeBase[]> {
      const rows = await database.all<KnowledgeBase>(
        `select id, name, about,
           (select count(*) from document where base = knowledge_base.id and state = 'ready') as documents,
           (select count(*) from document where base = knowledge_base.id and state = 'failed') as failed,
           (select count(*) from chunk join document on document.id = chunk.doc_id where document.base = knowledge_base.id) as chunks
         from knowledge_base order by created_at, id`,
      )
      return rows.map((row) => ({ ...row }))
    },

    /** The one of that name, made when there is none. */
    async ensureBase(name: string, about = ''): Promise<string> {
      await database.run(
        `insert into knowledge_base (id, name, about, created_at) values (?1, ?2, ?3, ?4) on conflict (name) do nothing`,
        toKnowledgeId('base', randomUUID()),
        name,
        about,
        database.now(),
      )
      if (about !== '') await database.run('update knowledge_base set about = ?1 where name = ?2', about, name)
      const row = await first(database.all<{ id: string }>('select id from knowledge_base where name = ?1', name))
      return row?.id ?? ''
    },

    /** With everything in it. */
    removeBase: (id: string): Promise<void> =>
      database.transaction(async (sql) => {
        await sql.run('delete from chunk where doc_id in (select id from document where base = ?1)', id)
        await sql.run('delete from document where base = ?1', id)
        await sql.run('delete from knowledge_source where base = ?1', id)
        await sql.run('delete from knowledge_base where id = ?1', id)
        await raiseKnowledgeVersion(sql)
      }),

    /** The one of that address in the base, made when there is none; how often it is read again is brought up to date. */
    async ensureSource(
      source: Pick<KnowledgeSourceRow, 'base' | 'kind' | 'uri' | 'everyMs'>,
    ): Promise<KnowledgeSourceRow> {
      const { base, kind, uri, everyMs } = source
      const due = everyMs === 0 ? 0 : database.now() + everyMs
      const rows = await database.all<RawSource>(
        `insert into knowledge_source (id, base, kind, uri, every_ms, due) values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (base, uri) do update set kind = excluded.kind, every_ms = excluded.every_ms, due = excluded.due
         returning ${SOURCE_COLUMNS}`,
        toKnowledgeId('source', `${base}\n${uri}`),
        base,
        kind,
        uri,
        everyMs,
        due,
      )
      return toSource(rows[0] as RawSource)
    },

    async sources(base?: string): Promise<KnowledgeSourceRow[]> {
      const rows = await database.all<RawSource>(
        `select ${SOURCE_COLUMNS} from knowledge_source where ?1 = '' or base = ?1 order by base, uri`,
        base ?? '',
      )
      return rows.map(toSource)
    },

    /** Those that are to be read again, the longest due first. */
    async dueSources(): Promise<KnowledgeSourceRow[]> {
      const rows = await database.all<RawSource>(
        `select ${SOURCE_COLUMNS} from knowledge_source where every_ms > 0 and due <= ?1 order by due`,
        database.now(),
      )
      return rows.map(toSource)
    },

    /** It has been read; `error` is '' when all went well. */
    async finishSource(id: string, error: string): Promise<void> {
      await database.run(
        `update knowledge_source set synced_at = ?2, error = ?3, due = case when every_ms > 0 then ?2 + every_ms else 0 end where id = ?1`,
        id,
        database.now(),
        error,
      )
    },

    /** With its documents. */
    removeSource: (id: string): Promise<void> =>
      database.transaction(async (sql) => {
        await sql.run('delete from chunk where doc_id in (select id from document where source = ?1)', id)
        await sql.run('delete from document where source = ?1', id)
        await sql.run('delete from knowledge_source where id = ?1', id)
        await raiseKnowledgeVersion(sql)
      }),
  }
}

interface RawSource extends Omit<KnowledgeSourceRow, 'everyMs' | 'syncedAt'> {
  every_ms: number
  synced_at: number
}

function toSource({ every_ms, synced_at, ...row }: RawSource): KnowledgeSourceRow {
  return { ...row, everyMs: every_ms, syncedAt: synced_at }
}
