/**
 * Vectors from any server of OpenAI's `/embeddings`: SiliconFlow, DashScope's compatible mode, Ark's text models, one's own.
 * Source: https://docs.siliconflow.cn/cn/api-reference/embeddings/create-embeddings
 */
import { z } from 'zod'
import { badAnswer, callVendor, type KnowledgeVendor, readTokens } from './call-vendor.ts'
import type { Embed } from './embed.ts'
import { toVectors } from './to-vectors.ts'

export interface EmbedOptions {
  /** For one batch. Default 30,000. */
  deadlineMs?: number
  /** Batches on their way at once. Default 4. */
  concurrency?: number
}

/** Texts that one call may hold. Elsewhere ten, which is the least that any of them is known to take. */
const BATCH_BY_HOST: readonly (readonly [RegExp, number])[] = [
  [/(^|\.)siliconflow\.(cn|com)$/, 32],
  [/(^|\.)openai\.com$/, 256],
  [/(^|\.)volces\.com$/, 4],
]
const DEFAULT_BATCH = 10
/** What is longer is cut: its beginning says what it is about, and a whole batch is refused for one text that is too long. */
const MAX_CHARS = 4000

const answerShape = z.object({
  data: z.array(z.object({ index: z.number().int().optional(), embedding: z.array(z.number()) })),
})

export function createOpenaiEmbed(
  { apiKey, baseUrl, model, onTokens }: KnowledgeVendor,
  { deadlineMs = 30_000, concurrency = 4 }: EmbedOptions = {},
): Embed {
  const url = `${baseUrl.replace(/\/+$/, '')}/embeddings`
  const { hostname } = new URL(url)
  const batchSize = BATCH_BY_HOST.find(([host]) => host.test(hostname))?.[1] ?? DEFAULT_BATCH

  const embedBatch = async (batch: readonly string[], signal: AbortSignal): Promise<number[][]> => {
    const body = { model, input: batch, encoding_format: 'float' }
    const answer = await callVendor({ name: 'embedding', url, apiKey, body, deadlineMs }, signal)
    onTokens?.(readTokens(answer))
    const parsed = answerShape.safeParse(answer)
    if (!parsed.success) throw badAnswer('embedding')
    const rows = parsed.data.data.map((row, position) => ({ at: row.index ?? position, embedding: row.embedding }))
    return rows.sort((a, b) => a.at - b.at).map((row) => row.embedding)
  }

  return (texts, signal) => toVectors(texts, { batchSize, concurrency, maxChars: MAX_CHARS, embedBatch }, signal)
}
