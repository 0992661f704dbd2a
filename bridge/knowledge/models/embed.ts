/** Texts as vectors, with the name of the model that made them. */
import { createEmbed } from '../create-embed.ts'
import type { ModelServer } from './model-server.ts'

export interface Embedder {
  /** Vectors of different models can't be compared. */
  readonly model: string
  /** One for each text, in their order. Rejects as `Embed` does. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>
}

const NEVER = new AbortController().signal

export function createEmbedder({ deadlineMs, ...vendor }: ModelServer): Embedder {
  const embed = createEmbed(vendor, deadlineMs === undefined ? {} : { deadlineMs })
  return { model: vendor.model, embed: (texts, signal = NEVER) => embed(texts, signal) }
}
