/**
 * Texts as vectors, by any server that speaks OpenAI's `/embeddings`, and by Ark's multimodal models, which take one text per call and give
 * one vector for it. Sources: https://platform.openai.com/docs/api-reference/embeddings,
 * https://www.volcengine.com/docs/82379/1523520
 */
import { z } from 'zod'
import { type ModelServer, postJson, unexpected } from './model-server.ts'

export interface Embedder {
  /** Vectors of different models can't be compared. */
  readonly model: string
  /** One for each text, in their order. Rejects with `knowledge.model`. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>
}

/** Some servers take no more at once. */
const BATCH = 10
const MAX_CHARS = 4_000
const PARALLEL = 4

const many = z.object({
  data: z.array(z.object({ index: z.number().optional(), embedding: z.array(z.number()).min(1) })),
})
const one = z.object({ data: z.object({ embedding: z.array(z.number()).min(1) }) })

export function createEmbedder(server: ModelServer): Embedder {
  const { model } = server
  const isMultimodal = /embedding-vision/.test(model)
  const embedMany = async (input: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> => {
    // Ark and others have no base64, which is what the client libraries ask for.
    const answer = await postJson(server, '/embeddings', { model, input, encoding_format: 'float' }, signal)
    const parsed = many.safeParse(answer)
    if (!parsed.success || parsed.data.data.length !== input.length) throw unexpected('/embeddings')
    return parsed.data.data
      .map(({ index, embedding }, place) => ({ place: index ?? place, embedding }))
      .sort((left, right) => left.place - right.place)
      .map(({ embedding }) => Float32Array.from(embedding))
  }
  const embedOne = async (text: string, signal?: AbortSignal): Promise<Float32Array> => {
    const body = { model, input: [{ type: 'text', text }], encoding_format: 'float' }
    const parsed = one.safeParse(await postJson(server, '/embeddings/multimodal', body, signal))
    if (!parsed.success) throw unexpected('/embeddings/multimodal')
    return Float32Array.from(parsed.data.data.embedding)
  }
  return {
    model,
    async embed(texts, signal) {
      const inputs = texts.map((text) => text.slice(0, MAX_CHARS) || ' ')
      const step = isMultimodal ? PARALLEL : BATCH
      const vectors: Float32Array[] = []
      for (let done = 0; done < inputs.length; done += step) {
        const part = inputs.slice(done, done + step)
        vectors.push(
          ...(isMultimodal
            ? await Promise.all(part.map((text) => embedOne(text, signal)))
            : await embedMany(part, signal)),
        )
      }
      return vectors
    },
  }
}
