/** Puts passages in order by a model that reads question and passage together. */
import * as vendors from '../rerank.ts'
import type { ModelServer } from './model-server.ts'

/** The places of the documents, best first, with a relevance from 0 to 1. Rejects as the vendor's call does. */
export type Rerank = (
  query: string,
  documents: readonly string[],
  signal?: AbortSignal,
) => Promise<{ place: number; relevance: number }[]>

const NEVER = new AbortController().signal

export function createRerank({ deadlineMs, ...vendor }: ModelServer): Rerank {
  const rank = vendors.createRerank(vendor, deadlineMs === undefined ? {} : { deadlineMs })
  return async (query, documents, signal = NEVER) => {
    const ranked = await rank(query, documents, signal)
    return ranked.map(({ index, score }) => ({ place: index, relevance: score }))
  }
}
