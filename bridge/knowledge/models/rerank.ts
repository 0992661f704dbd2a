/** Puts passages in order by a model that reads question and passage together. Source: https://docs.siliconflow.cn/cn/api-reference/rerank/create-rerank */
import { z } from 'zod'
import { type ModelServer, postJson, unexpected } from './model-server.ts'

/** The places of the documents, best first, with a relevance from 0 to 1. Rejects with `knowledge.model`. */
export type Rerank = (
  query: string,
  documents: readonly string[],
  signal?: AbortSignal,
) => Promise<{ place: number; relevance: number }[]>

const answer = z.object({ results: z.array(z.object({ index: z.number().int(), relevance_score: z.number() })) })

export function createRerank(server: ModelServer): Rerank {
  return async (query, documents, signal) => {
    const body = { model: server.model, query, documents, top_n: documents.length, return_documents: false }
    const parsed = answer.safeParse(await postJson(server, '/rerank', body, signal))
    if (!parsed.success) throw unexpected('/rerank')
    return parsed.data.results
      .filter(({ index }) => index >= 0 && index < documents.length)
      .map(({ index, relevance_score }) => ({ place: index, relevance: relevance_score }))
      .sort((left, right) => right.relevance - left.relevance)
  }
}
