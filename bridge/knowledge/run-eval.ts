/** Indexes passages for themselves and searches them with every question, with all parts and without each. */

import type { StoredDocument } from '../store/document-store.ts'
import { type EvalQuery, type Judged, judge } from './evaluate.ts'
import { toIndexDocument } from './follow-rows.ts'
import type { SearchPart } from './index/index-document.ts'
import type { Search } from './index/start-search.ts'
import type { Embedder } from './models/embed.ts'
import type { Rerank } from './models/rerank.ts'

export interface EvalDeps {
  /** Empty. */
  index: Search
  embedder?: Embedder | undefined
  rerank?: Rerank | undefined
  /** Only with all parts, not without each. */
  isShort?: boolean
  onProgress?: (done: number, total: number) => void
}

export interface EvalRun {
  /** In both languages, for people. */
  name: string
  judged: readonly Judged[]
}

const BATCH = 100
/** Several chunks of a passage may come before another passage. */
const LIMIT = 30
const RERANKED = 20

export async function runEval(
  documents: readonly StoredDocument[],
  queries: readonly EvalQuery[],
  { index, embedder, rerank, isShort = false, onProgress }: EvalDeps,
): Promise<{ runs: EvalRun[]; chunksPerSecond: number }> {
  const startedAt = performance.now()
  for (let done = 0; done < documents.length; done += BATCH) {
    const part = await withVectors(documents.slice(done, done + BATCH), embedder)
    await index.put(part.map(toIndexDocument))
  }
  const chunks = documents.reduce((sum, { pieces }) => sum + pieces.length, 0)
  const chunksPerSecond = Math.round((chunks * 1000) / (performance.now() - startedAt))

  const every: { name: string; without: readonly SearchPart[]; reranks: boolean }[] = [
    { name: '全部 all parts', without: [], reranks: true },
    ...(rerank === undefined ? [] : [{ name: '不重排 no reranker', without: [], reranks: false }]),
    ...(embedder === undefined ? [] : [{ name: '不用向量 no vectors', without: ['vectors'] as const, reranks: true }]),
    { name: '不用学到的别名 no learned names', without: ['aliases'], reranks: true },
    { name: '不用日常说法 no everyday words', without: ['everyday-words'], reranks: true },
    { name: '只用字词 words alone', without: ['everyday-words', 'aliases', 'vectors'], reranks: false },
  ]
  const variants = every.slice(0, isShort ? 1 : undefined)
  const total = variants.length * queries.length
  const runs: EvalRun[] = []
  for (const { name, without, reranks } of variants) {
    const judged: Judged[] = []
    for (const query of queries) {
      const askedAt = performance.now()
      const usesVectors = embedder !== undefined && !without.includes('vectors')
      const vectors = usesVectors ? await embedder.embed([query.q]) : undefined
      let hits = await index.search({ texts: [query.q], vectors, without, limit: LIMIT })
      if (reranks && rerank !== undefined && hits.length > 0) {
        const first = hits.slice(0, RERANKED)
        const order = await rerank(
          query.q,
          first.map(({ title, text }) => `${title}\n${text}`),
        )
        hits = order.flatMap(({ place }) => first[place] ?? [])
      }
      const ms = performance.now() - askedAt
      const passages = [...new Set(hits.map(({ document }) => document))]
      judged.push(judge(query, { passages, confidence: hits[0]?.confidence ?? 0, ms }))
      onProgress?.(runs.length * queries.length + judged.length, total)
    }
    runs.push({ name, judged })
  }
  return { runs, chunksPerSecond }
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
