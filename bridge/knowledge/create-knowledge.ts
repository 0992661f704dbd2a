/**
 * What the company knows, for the answers: keeps a local index in step with the rows and searches it. Everything beyond plain search is
 * optional and may fail without harm: vectors, a reranker, and a model that puts the question in other words.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../logger.ts'
import type { KnowledgeQuery, KnowledgeSource, Passage, Passages } from '../stages/knowledge-source.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { KnowledgeBase } from '../store/knowledge-sources.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import { createFindHits, type Rewrite, VENDOR_DEADLINE_MS } from './find-hits.ts'
import { createFollower } from './follow-rows.ts'
import type { IndexHit } from './index/index-document.ts'
import { type Search, startSearch } from './index/start-search.ts'
import { createEmbedder } from './models/embed.ts'
import type { ModelServer } from './models/model-server.ts'
import { createRerank } from './models/rerank.ts'

export interface KnowledgeDeps {
  store: Pick<DocumentStore, 'version' | 'versions' | 'read'> &
    Partial<Pick<DocumentStore, 'vectors'>> & {
      bases(): Promise<readonly Pick<KnowledgeBase, 'id' | 'name' | 'chunks'>[]>
    }
  log: Logger
  /** The names of the knowledge bases that answer for the account; empty: all there are. */
  basesOf: (openKfId: string) => readonly string[]
  rewrite?: Rewrite | undefined
  /** Tests bring their own. */
  index?: Search
}

export interface KnowledgeOptions {
  /** The index is kept below it. */
  dataDir: string
  databaseId: string
  embedding?: ModelServer | undefined
  rerank?: ModelServer | undefined
  /** Between two looks for changes, in ms. Default 2,000. */
  everyMs?: number
  /** Passages for one question. Default 6. */
  limit?: number
}

export interface Knowledge extends KnowledgeSource {
  /** Brings in what has changed. */
  refresh(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const WHOLE_FAQ_ENTRIES = 100
const WHOLE_FAQ_CHARS = 20_000

/** One file for all processes of this machine that are on the same database, and another one where the database has the vectors. */
function toIndexPath({ dataDir, databaseId }: KnowledgeOptions, hasVectors: boolean): string {
  return join(dataDir, 'knowledge-index', `${databaseId}${hasVectors ? '' : '-words'}.sqlite`)
}

export function createKnowledge(deps: KnowledgeDeps, options: KnowledgeOptions): Knowledge {
  const { store, log, basesOf, rewrite } = deps
  const { everyMs = 2_000, limit = 6, embedding, rerank: reranking } = options
  const hasVectors = store.vectors === undefined
  const index = deps.index ?? startSearch({ path: toIndexPath(options, hasVectors) })
  const findHits = createFindHits({
    index,
    findNear: store.vectors?.near,
    embedder: embedding && createEmbedder({ deadlineMs: VENDOR_DEADLINE_MS, ...embedding }),
    rerank: reranking && createRerank({ deadlineMs: VENDOR_DEADLINE_MS, ...reranking }),
    rewrite,
    onWithout: (what, error) => log.warn('knowledge.without', { what, error }),
  })
  const follow = createFollower({ store, index, withVectors: hasVectors })
  let basesByName: ReadonlyMap<string, { id: string; documents: number }> = new Map()
  const whole = new Map<string, string | undefined>()
  let following: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isReady = false
  let isStopped = false

  const refreshNow = async (): Promise<void> => {
    const hasChanged = await follow()
    if (hasChanged || !isReady) {
      const bases = await store.bases()
      basesByName = new Map(bases.map(({ name, id, chunks }) => [name, { id, documents: chunks }]))
      whole.clear()
    }
    isReady = true
  }
  /** Those who ask while it runs wait for the same one. */
  const refresh = (): Promise<void> => {
    following ??= refreshNow().finally(() => {
      following = undefined
    })
    return following
  }
  /** Large, and of no use since the database has the vectors. Whoever has it open still keeps it until they end. */
  const removeVectorFile = async (): Promise<void> => {
    const path = toIndexPath(options, true)
    await Promise.all(['', '-wal', '-shm'].map((suffix) => rm(`${path}${suffix}`, { force: true })))
  }
  const look = async (): Promise<void> => {
    await refresh().catch((error: unknown) => log.debug('knowledge.not-refreshed', { error }))
    if (!isStopped) timer = setTimeout(() => void look(), everyMs).unref()
  }

  /** Undefined: all. Names that nobody has are passed over, and an account whose every base is gone has none. */
  const toBases = (openKfId: string): string[] | undefined => {
    const names = basesOf(openKfId)
    return names.length === 0 ? undefined : names.flatMap((name) => basesByName.get(name)?.id ?? [])
  }

  const wholeFaq = async (bases: readonly string[] | undefined): Promise<string | undefined> => {
    const key = bases?.join() ?? '*'
    if (!whole.has(key)) {
      const entries = await index.questions(bases, WHOLE_FAQ_ENTRIES)
      const text = entries?.map(({ title, text: answer }) => `问：${title}\n答：${answer}`).join('\n\n')
      whole.set(key, text !== undefined && text.length <= WHOLE_FAQ_CHARS ? text : undefined)
    }
    return whole.get(key)
  }

  const find = async ({ openKfId, question, turns }: KnowledgeQuery, signal: AbortSignal): Promise<Passages> => {
    if (!isReady) await refresh()
    const bases = toBases(openKfId)
    const ids = new Set(bases)
    const holds = [...basesByName.values()].some(({ id, documents }) => documents > 0 && (!bases || ids.has(id)))
    if (!holds) return { passages: [], isAssigned: false }
    const small = await wholeFaq(bases)
    const query = {
      openKfId,
      question,
      turns,
      bases,
      limit,
      ...(small !== undefined && { without: ['rewrite'] as const }),
    }
    const hits = await findHits(query, signal)
    return {
      isAssigned: true,
      passages: hits.slice(0, limit).map(toPassage),
      ...(small !== undefined && { wholeFaq: small }),
    }
  }

  return {
    find,
    refresh,
    start() {
      if (!hasVectors) removeVectorFile().catch((error: unknown) => log.debug('knowledge.file-kept', { error }))
      void look()
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await following?.catch(() => undefined)
      await index.close()
    },
  }
}

function toPassage({ chunk, title, text, score, confidence, meta }: IndexHit): Passage {
  const { url, attachments } = JSON.parse(meta || '{}') as { url?: string; attachments?: ReplyContent[] }
  return {
    ...{ id: chunk, title, text, score, confidence },
    ...(url !== undefined && { url }),
    ...(attachments !== undefined && attachments.length > 0 && { attachments }),
  }
}
