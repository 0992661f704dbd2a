/**
 * Compares a question with texts, better than vectors can, but only for a few: the last step of a search.
 * SiliconFlow's shape, which Jina, Cohere and vLLM share.
 * Source: https://docs.siliconflow.cn/cn/api-reference/rerank/create-rerank
 */
import { z } from 'zod'
import { badAnswer, callVendor, type KnowledgeVendor, readTokens } from './call-vendor.ts'

export interface Ranked {
  /** In the list that was given. */
  index: number
  /** Mostly 0 to 1; comparable within one model only. */
  score: number
}

/**
 * Best first, each text at most once. Rejects with `vendor.unavailable` (retryable), `vendor.account` or `vendor.refused`; whoever asks
 * goes on with the order there was.
 */
export type Rerank = (query: string, documents: readonly string[], signal: AbortSignal) => Promise<Ranked[]>

export interface RerankOptions {
  /** Default 3000: a customer waits. */
  deadlineMs?: number
}

const MAX_QUERY_CHARS = 1000
const MAX_DOCUMENT_CHARS = 2000

const answerShape = z.object({ results: z.array(z.object({ index: z.number().int(), relevance_score: z.number() })) })

export function createRerank(
  { apiKey, baseUrl, model, onTokens }: KnowledgeVendor,
  { deadlineMs = 3000 }: RerankOptions = {},
): Rerank {
  const url = `${baseUrl.replace(/\/+$/, '')}/rerank`
  return async (query, documents, signal) => {
    if (documents.length === 0) return []
    const body = {
      model,
      query: query.slice(0, MAX_QUERY_CHARS).toWellFormed(),
      documents: documents.map((text) => text.slice(0, MAX_DOCUMENT_CHARS).toWellFormed()),
      top_n: documents.length,
      return_documents: false,
    }
    const answer = await callVendor({ name: 'rerank', url, apiKey, body, deadlineMs }, signal)
    onTokens?.(readTokens(answer))
    const parsed = answerShape.safeParse(answer)
    if (!parsed.success) throw badAnswer('rerank')
    const found = new Map<number, Ranked>()
    for (const { index, relevance_score: score } of parsed.data.results) {
      if (index < 0 || index >= documents.length || !Number.isFinite(score)) throw badAnswer('rerank')
      if (!found.has(index)) found.set(index, { index, score })
    }
    return [...found.values()].sort((a, b) => b.score - a.score)
  }
}
