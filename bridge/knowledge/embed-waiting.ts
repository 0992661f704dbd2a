import type { DocumentStore } from '../store/document-store.ts'
import type { Embedder } from './models/embed.ts'

export interface EmbedWaitingDeps {
  store: Pick<DocumentStore, 'withoutVector' | 'saveVectors'>
  embedder: Embedder
  /** Called after each batch with how many are done in all. */
  onProgress?: (done: number) => void
}

const BATCH = 40

/** Gives every chunk that has none a vector. Resolves to how many; rejects as `Embed` does, and what is done stays done. */
export async function embedWaiting(
  { store, embedder, onProgress }: EmbedWaitingDeps,
  signal?: AbortSignal,
): Promise<number> {
  let done = 0
  for (;;) {
    const waiting = await store.withoutVector(embedder.model, BATCH)
    if (waiting.length === 0) return done
    const vectors = await embedder.embed(
      waiting.map(({ text }) => text),
      signal,
    )
    await store.saveVectors(
      embedder.model,
      waiting.flatMap(({ id }, place) => {
        const vector = vectors[place]
        return vector === undefined ? [] : [{ id, vector }]
      }),
    )
    done += waiting.length
    onProgress?.(done)
  }
}
