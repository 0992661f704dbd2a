/** What one process does for all now and then: reads the web pages again that are due, gives vectors to what has none, and
 * brings into the database's index of vectors what is not in there yet. */
import type { Logger } from '../logger.ts'
import type { DocumentStore } from '../store/document-store.ts'
import { embedWaiting } from './embed-waiting.ts'
import { listSitemap, type PageDeps, toPageItem } from './ingest/list-pages.ts'
import { syncSource } from './ingest/sync-source.ts'
import { createEmbedder } from './models/embed.ts'
import type { ModelServer } from './models/model-server.ts'

export interface UpkeepDeps {
  store: DocumentStore
  pages: PageDeps
  embedding?: ModelServer | undefined
  log: Logger
  /** Ends whatever is going on. */
  shutdown: AbortSignal
}

const TOLD_EVERY_MS = 10_000

export function createKnowledgeUpkeep({ store, pages, embedding, log, shutdown }: UpkeepDeps): () => Promise<void> {
  const embedder = embedding && createEmbedder(embedding)

  const readAgain = async (): Promise<void> => {
    for (const source of await store.dueSources()) {
      if (shutdown.aborted) return
      const listing =
        source.kind === 'sitemap'
          ? await listSitemap(source.uri, pages, shutdown)
          : { items: [toPageItem(source.uri, pages)], isComplete: true }
      const { failed, ...report } = await syncSource(source, listing, { store }, shutdown)
      log.info('knowledge.synced', { source: source.id, ...report, failed: failed.length })
    }
  }

  const fillIndex = async (): Promise<void> => {
    let told = performance.now()
    const filled = await store.vectors?.fill(shutdown, (chunks, of) => {
      if (performance.now() - told < TOLD_EVERY_MS) return
      told = performance.now()
      log.info('knowledge.vectors-filling', { chunks, of })
    })
    if (filled !== undefined && filled > 0) log.info('knowledge.vectors-filled', { chunks: filled })
  }

  return async () => {
    await fillIndex()
    await readAgain()
    if (embedder === undefined || shutdown.aborted) return
    const embedded = await embedWaiting({ store, embedder }, shutdown)
    if (embedded > 0) log.info('knowledge.embedded', { chunks: embedded })
  }
}
