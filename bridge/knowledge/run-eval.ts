/**
 * Indexes passages for themselves and asks every question, with all parts and without each, through what bridges find by. What a vendor said
 * to a question is asked for once, and its time counts wherever it is used.
 */

import type { StoredDocument } from '../store/document-store.ts'
import { type EvalQuery, type Judged, judge } from './evaluate.ts'
import {
  createFindHits,
  type FindHitsDeps,
  type FindHitsQuery,
  type Rewrite,
  VENDOR_DEADLINE_MS,
  type VendorPart,
} from './find-hits.ts'
import { toIndexDocument } from './follow-rows.ts'
import type { Search } from './index/start-search.ts'
import { createEmbedder, type Embedder } from './models/embed.ts'
import type { ModelServer } from './models/model-server.ts'
import { createRerank } from './models/rerank.ts'

export interface EvalDeps {
  /** Empty. */
  index: Search
  embedding?: ModelServer | undefined
  reranking?: ModelServer | undefined
  rewrite?: Rewrite | undefined
  /** Only with all parts, not without each. */
  isShort?: boolean
  /** Questions, each counted once, whatever is left out. */
  onProgress?: (done: number) => void
}

export interface EvalRun {
  /** In both languages, for people. */
  name: string
  judged: readonly Judged[]
}

export interface EvalResult {
  runs: EvalRun[]
  chunksPerSecond: number
  /** Questions that had to do without, by what they did without. */
  without: Partial<Record<VendorPart, number>>
}

type Without = NonNullable<FindHitsQuery['without']>

const BATCH = 100
/** Several chunks of a passage may come before another passage. */
const LIMIT = 30
/** Questions at once where vendors are waited for; otherwise one, so that its time is its own. */
const PARALLEL = 4

/** Rejects with the reason of `signal`, as the index does, and as the vendor does when the passages get no vectors. */
export async function runEval(
  documents: readonly StoredDocument[],
  queries: readonly EvalQuery[],
  deps: EvalDeps,
  signal: AbortSignal = new AbortController().signal,
): Promise<EvalResult> {
  const { index, embedding, reranking, rewrite, isShort = false, onProgress } = deps
  const chunksPerSecond = await indexAll(documents, { index, embedder: embedding && createEmbedder(embedding) })

  const variants = isShort ? [ALL] : toVariants(deps)
  const runs = variants.map(({ name }) => ({ name, judged: [] as Judged[] }))
  const without: EvalResult['without'] = {}
  const vendors = {
    embedder: embedding && createEmbedder({ deadlineMs: VENDOR_DEADLINE_MS, ...embedding }),
    rerank: reranking && createRerank({ deadlineMs: VENDOR_DEADLINE_MS, ...reranking }),
    rewrite,
  }
  const ask = async (query: EvalQuery, place: number): Promise<void> => {
    const remembered = rememberVendors(vendors)
    const missing = new Set<VendorPart>()
    const findHits = createFindHits({ index, ...remembered, onWithout: (what) => missing.add(what) })
    for (const [run, variant] of variants.entries()) {
      const askedAt = performance.now()
      const turns = [{ role: 'customer', text: query.q } as const]
      const hits = await findHits(
        { openKfId: '', question: query.q, turns, limit: LIMIT, without: variant.without },
        signal,
      )
      const ms = performance.now() - askedAt + remembered.takeSavedMs()
      const passages = [...new Set(hits.map(({ document }) => document))]
      const judged = judge(query, { passages, confidence: hits[0]?.confidence ?? 0, ms })
      const { judged: all } = runs[run] ?? { judged: [] }
      all[place] = judged
    }
    for (const what of missing) without[what] = (without[what] ?? 0) + 1
  }

  const waiting = [...queries.entries()]
  let done = 0
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await ask(next[1], next[0])
      done += 1
      onProgress?.(done)
    }
  }
  const asksVendors = Object.values(vendors).some((vendor) => vendor !== undefined)
  await Promise.all(Array.from({ length: asksVendors ? PARALLEL : 1 }, work))
  return { runs, chunksPerSecond, without }
}

const ALL: { name: string; without: Without } = { name: '全部 all parts', without: [] }

function toVariants({ embedding, reranking, rewrite }: EvalDeps): { name: string; without: Without }[] {
  return [
    ALL,
    ...(rewrite === undefined ? [] : [{ name: '不改写 no rewording', without: ['rewrite'] as const }]),
    ...(reranking === undefined ? [] : [{ name: '不重排 no reranker', without: ['rerank'] as const }]),
    ...(embedding === undefined ? [] : [{ name: '不用向量 no vectors', without: ['vectors'] as const }]),
    { name: '不用学到的别名 no learned names', without: ['aliases'] },
    { name: '不用日常说法 no everyday words', without: ['everyday-words'] },
    { name: '只用字词 words alone', without: ['everyday-words', 'aliases', 'vectors', 'rewrite', 'rerank'] },
  ]
}

async function indexAll(
  documents: readonly StoredDocument[],
  { index, embedder }: { index: Search; embedder: Embedder | undefined },
): Promise<number> {
  const startedAt = performance.now()
  for (let done = 0; done < documents.length; done += BATCH) {
    const part = await withVectors(documents.slice(done, done + BATCH), embedder)
    await index.put(part.map(toIndexDocument))
  }
  const chunks = documents.reduce((sum, { pieces }) => sum + pieces.length, 0)
  return Math.round((chunks * 1000) / (performance.now() - startedAt))
}

/** For one question: each call is made once, and the time of one that was made before is told. */
function rememberVendors({ embedder, rerank, rewrite }: Pick<FindHitsDeps, 'embedder' | 'rerank' | 'rewrite'>) {
  const known = new Map<string, { result: Promise<unknown>; ms: number }>()
  let savedMs = 0
  const once = async <T>(key: unknown, call: () => Promise<T>): Promise<T> => {
    const name = JSON.stringify(key)
    const before = known.get(name)
    if (before !== undefined) {
      savedMs += before.ms
      // What is kept under a call's name came of that call.
      return (await before.result) as T
    }
    const startedAt = performance.now()
    const made = { result: call(), ms: 0 }
    known.set(name, made)
    try {
      return await made.result
    } finally {
      made.ms = performance.now() - startedAt
    }
  }
  return {
    embedder: embedder && {
      model: embedder.model,
      embed: (texts: readonly string[], signal?: AbortSignal) =>
        once(['embed', texts], () => embedder.embed(texts, signal)),
    },
    rerank:
      rerank &&
      ((question: string, texts: readonly string[], signal?: AbortSignal) =>
        once(['rerank', texts], () => rerank(question, texts, signal))),
    rewrite: rewrite && ((...asked: Parameters<Rewrite>) => once(['rewrite'], () => rewrite(...asked))),
    takeSavedMs() {
      const saved = savedMs
      savedMs = 0
      return saved
    },
  }
}

async function withVectors(
  documents: readonly StoredDocument[],
  embedder: Embedder | undefined,
): Promise<StoredDocument[]> {
  if (embedder === undefined) return [...documents]
  const texts = documents.flatMap(({ title, pieces }) =>
    pieces.map(({ heading, text }) => [title, heading, text].filter(Boolean).join('\n')),
  )
  const vectors = await embedder.embed(texts)
  let place = 0
  return documents.map((document) => ({
    ...document,
    pieces: document.pieces.map((piece) => {
      const vector = vectors[place]
      place += 1
      return { ...piece, model: embedder.model, vector }
    }),
  }))
}
