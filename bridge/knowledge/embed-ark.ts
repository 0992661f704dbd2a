/**
 * Vectors from Ark's `doubao-embedding-vision`, whose call is not OpenAI's: a list of inputs gives one vector, so each text is a call.
 * Source: https://www.volcengine.com/docs/82379/1523520
 */
import { z } from 'zod'
import { badAnswer, callVendor, type KnowledgeVendor, readTokens } from './call-vendor.ts'
import type { Embed } from './embed.ts'
import type { EmbedOptions } from './embed-openai.ts'
import { toVectors } from './to-vectors.ts'

const DIMENSIONS = 1024
const MAX_CHARS = 4000

const answerShape = z.object({ data: z.object({ embedding: z.array(z.number()) }) })

export function createArkEmbed(
  { apiKey, baseUrl, model, onTokens }: KnowledgeVendor,
  { deadlineMs = 30_000, concurrency = 8 }: EmbedOptions = {},
): Embed {
  const url = `${baseUrl.replace(/\/+$/, '').replace(/\/embeddings(\/multimodal)?$/, '')}/embeddings/multimodal`

  const embedBatch = async (batch: readonly string[], signal: AbortSignal): Promise<number[][]> => {
    const input = batch.map((text) => ({ type: 'text', text }))
    const body = { model, input, dimensions: DIMENSIONS, encoding_format: 'float' }
    const answer = await callVendor({ name: 'embedding', url, apiKey, body, deadlineMs }, signal)
    onTokens?.(readTokens(answer))
    const parsed = answerShape.safeParse(answer)
    if (!parsed.success) throw badAnswer('embedding')
    return [parsed.data.data.embedding]
  }

  return (texts, signal) => toVectors(texts, { batchSize: 1, concurrency, maxChars: MAX_CHARS, embedBatch }, signal)
}
