/**
 * From a question to the pieces that fit it: searched for as it was asked, and in a model's words where that is not clear enough, by words
 * and by vectors, and put in order by a reranker. What asks a vendor may fail without harm. Bridges find by it, and so does whoever measures.
 */
import type { Turn } from '../answer/answerer.ts'
import type { FindNear } from './find-near.ts'
import type { IndexHit, SearchPart } from './index/index-document.ts'
import type { Search } from './index/start-search.ts'
import type { Embedder } from './models/embed.ts'
import type { Rerank } from './models/rerank.ts'

/** Two or three formal ways to say what was asked, by whoever answers for the account: nobody else is told. */
export type Rewrite = (turns: readonly Turn[], signal: AbortSignal, openKfId: string) => Promise<string[]>

/** `vectors`: comparing them. */
export type VendorPart = 'embedding' | 'vectors' | 'rerank' | 'rewrite'

export interface FindHitsDeps {
  index: Pick<Search, 'search' | 'near'>
  /** Who compares vectors; the index by default. */
  findNear?: FindNear | undefined
  /** Its own deadline is kept. */
  embedder?: Embedder | undefined
  /** Its own deadline is kept. */
  rerank?: Rerank | undefined
  rewrite?: Rewrite | undefined
  /** Told of what the search had to do without. */
  onWithout: (what: VendorPart, error: unknown) => void
}

export interface FindHitsQuery {
  /** '' outside of a bridge. */
  openKfId: string
  question: string
  /** The conversation, the question at its end. */
  turns: readonly Turn[]
  /** Undefined: all. */
  bases?: readonly string[] | undefined
  /** At least; there may be more. */
  limit: number
  /** What is not to be used: for measuring, and other words where all there is will be read anyway. */
  without?: readonly (SearchPart | 'rewrite' | 'rerank')[]
}

export type FindHits = (query: FindHitsQuery, signal: AbortSignal) => Promise<readonly IndexHit[]>

/** A customer waits. */
export const VENDOR_DEADLINE_MS = 3_000
const RERANKED = 20
/** By vector, for each text. */
const NEAR = 50
/** From this confidence on, other words would only cost time. */
const CLEAR = 0.7

/** Rejects with the reason of `signal` and with `knowledge.unavailable`. */
export function createFindHits(deps: FindHitsDeps): FindHits {
  const { index, findNear = index.near, embedder, rerank, rewrite, onWithout } = deps
  const orNothing = async <T>(work: Promise<T>, what: VendorPart, signal: AbortSignal): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      // Only what the caller called off is passed on.
      signal.throwIfAborted()
      onWithout(what, error)
      return undefined
    }
  }

  const findByVector = async (texts: readonly string[], bases: FindHitsQuery['bases'], signal: AbortSignal) => {
    if (embedder === undefined) return []
    const vectors = await orNothing(embedder.embed(texts, signal), 'embedding', signal)
    if (vectors === undefined) return []
    const finding = findNear({ model: embedder.model, vectors, bases, limit: NEAR }, signal)
    return (await orNothing(within(finding, VENDOR_DEADLINE_MS, signal), 'vectors', signal)) ?? []
  }

  const otherWords = async ({ turns, openKfId }: FindHitsQuery, signal: AbortSignal): Promise<string[]> => {
    if (rewrite === undefined) return []
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(VENDOR_DEADLINE_MS)])
    return (await orNothing(rewrite(turns, deadline, openKfId), 'rewrite', signal)) ?? []
  }

  const reorder = async (question: string, hits: readonly IndexHit[], signal: AbortSignal) => {
    if (rerank === undefined || hits.length === 0) return hits
    const first = hits.slice(0, RERANKED)
    const documents = first.map(({ title, text }) => `${title}\n${text}`)
    const order = await orNothing(rerank(question, documents, signal), 'rerank', signal)
    if (order === undefined || order.length === 0) return hits
    return order.flatMap(({ place, relevance }) => {
      const hit = first[place]
      return hit === undefined ? [] : [{ ...hit, score: relevance }]
    })
  }

  return async (query, signal) => {
    const { question, bases, limit, without = [] } = query
    const reranks = rerank !== undefined && !without.includes('rerank')
    const parts = without.filter((part) => part !== 'rewrite' && part !== 'rerank')
    const search = async (texts: readonly string[]): Promise<IndexHit[]> => {
      const near = without.includes('vectors') ? [] : await findByVector(texts, bases, signal)
      const most = reranks ? Math.max(limit, RERANKED) : limit
      return index.search({ texts, bases, near, without: parts, limit: most }, signal)
    }
    let hits = await search([question])
    if (!without.includes('rewrite') && (hits[0]?.confidence ?? 0) < CLEAR) {
      const rewritten = await otherWords(query, signal)
      if (rewritten.length > 0) hits = await search([question, ...rewritten])
    }
    return reranks ? reorder(question, hits, signal) : hits
  }
}

/** Whoever is asked may not listen to a signal. */
async function within<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(ms)])
  const late = new Promise<never>((_, reject) => {
    if (ended.aborted) reject(ended.reason)
    ended.addEventListener('abort', () => reject(ended.reason), { once: true })
  })
  return Promise.race([work, late])
}
