/** Cuts many texts into batches, has a few of them on their way at once, and checks what comes back. */
import { badAnswer } from './call-vendor.ts'

export interface VectorBatches {
  batchSize: number
  concurrency: number
  /** In UTF-16 units; what is longer is cut. */
  maxChars: number
  embedBatch: (batch: readonly string[], signal: AbortSignal) => Promise<number[][]>
}

/** A blank text is refused by some vendors, and a list with one in it as a whole. */
const BLANK = '-'

/** One failure ends all that is on its way. */
export async function toVectors(
  texts: readonly string[],
  { batchSize, concurrency, maxChars, embedBatch }: VectorBatches,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const inputs = texts.map((text) => text.slice(0, maxChars).toWellFormed().trim() || BLANK)
  const vectors: Float32Array[] = []
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  let next = 0

  const work = async (): Promise<void> => {
    while (next < inputs.length && !failed.signal.aborted) {
      const from = next
      next += batchSize
      const batch = inputs.slice(from, from + batchSize)
      const found = await embedBatch(batch, ended)
      if (found.length !== batch.length) throw badAnswer('embedding')
      for (const [index, vector] of found.entries()) vectors[from + index] = Float32Array.from(vector)
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work))
  } catch (error) {
    failed.abort()
    throw error
  }
  const dimensions = vectors[0]?.length
  for (const vector of vectors) {
    if (vector.length === 0 || vector.length !== dimensions || !vector.every(Number.isFinite)) {
      throw badAnswer('embedding')
    }
  }
  return vectors
}
