/**
 * Brings one source up to date: what is new or has changed is saved, what is the same costs nothing, what can't be read is named, and what
 * is gone is removed, unless the list of what there is was not complete.
 */
import { isAppError } from '../../../shared/app-error.ts'
import type { DocumentStore, NewDocument } from '../../store/document-store.ts'
import type { KnowledgeSourceRow } from '../../store/knowledge-sources.ts'

export interface SourceItem {
  /** Within the source. */
  uri: string
  title: string
  /** When it is known before the item is read: the same one means that nothing has changed. */
  hash?: string
  /** `unread` says why in words for people. */
  read(signal: AbortSignal): Promise<Omit<NewDocument, 'uri'> | { unread: string }>
}

export interface SourceListing {
  items: readonly SourceItem[]
  /** False: something may be missing from the list, so nothing is removed. */
  isComplete: boolean
  /** What could not be listed. */
  error?: string
}

export interface SyncReport {
  added: number
  changed: number
  unchanged: number
  removed: number
  chunks: number
  failed: { uri: string; title: string; why: string }[]
}

export interface SyncDeps {
  store: Pick<DocumentStore, 'documentsOf' | 'save' | 'fail' | 'remove' | 'finishSource'>
  onProgress?: (done: number, total: number, uri: string) => void
}

/** Bump when the same text is cut into other chunks. */
export const SPLITTER = '1'

const PARALLEL = 2

/** Rejects with the reason of `signal` and as the database does; whatever is wrong with an item is in the report. */
export async function syncSource(
  { id: source, base }: Pick<KnowledgeSourceRow, 'id' | 'base'>,
  { items, isComplete, error = '' }: SourceListing,
  { store, onProgress }: SyncDeps,
  signal: AbortSignal,
): Promise<SyncReport> {
  const known = new Map((await store.documentsOf(source)).map((document) => [document.uri, document]))
  const report: SyncReport = { added: 0, changed: 0, unchanged: 0, removed: 0, chunks: 0, failed: [] }
  let done = 0

  const take = async (item: SourceItem): Promise<void> => {
    signal.throwIfAborted()
    const { uri, title } = item
    const before = known.get(uri)
    if (item.hash !== undefined && before?.hash === item.hash) {
      report.unchanged += 1
      return
    }
    const read = await item.read(signal).catch((error: unknown) => {
      signal.throwIfAborted()
      if (!isAppError(error) || !error.retryable) throw error
      return { unread: '暂时读不了，请稍后再试' }
    })
    if ('unread' in read) {
      report.failed.push({ uri, title, why: read.unread })
      await store.fail(base, source, { uri, title, error: read.unread })
    } else if (before?.hash === read.hash) report.unchanged += 1
    else {
      report[await store.save(base, source, { ...read, uri })] += 1
      report.chunks += read.chunks.length
    }
  }

  const waiting = [...items]
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await take(item)
      done += 1
      onProgress?.(done, items.length, item.uri)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))

  if (isComplete) {
    const present = new Set(items.map(({ uri }) => uri))
    const gone = [...known.values()].filter(({ uri }) => !present.has(uri)).map(({ id }) => id)
    report.removed = await store.remove(gone)
  }
  await store.finishSource(source, error)
  return report
}
