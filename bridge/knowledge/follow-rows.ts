/**
 * Keeps the index in step with the rows: looks at one number, and when it has changed, brings in the documents that are newer and
 * takes out those that are gone. Any process may do so at any time.
 */
import type { DocumentStore, StoredDocument } from '../store/document-store.ts'
import type { IndexChunk, IndexDocument } from './index/index-document.ts'
import type { Search } from './index/start-search.ts'

export interface FollowDeps {
  store: Pick<DocumentStore, 'version' | 'versions' | 'read'>
  index: Pick<Search, 'versions' | 'put' | 'remove'>
  /** Whether the index compares vectors itself. */
  withVectors: boolean
  /** Called after each batch. */
  onProgress?: (done: number, total: number) => void
}

const BATCH = 200

/** Resolves to whether anything has changed since it was last called. One call at a time. */
export function createFollower({ store, index, withVectors, onProgress }: FollowDeps): () => Promise<boolean> {
  let seen = -1
  return async () => {
    const version = await store.version()
    if (version === seen) return false
    const [wanted, present] = [await store.versions(), version === 0 ? new Map() : await index.versions()]
    const gone = [...present.keys()].filter((id) => !wanted.has(id))
    const newer = [...wanted].filter(([id, at]) => (present.get(id) ?? -1) < at).map(([id]) => id)
    if (gone.length > 0) await index.remove(gone)
    for (let done = 0; done < newer.length; done += BATCH) {
      const documents = await store.read(newer.slice(done, done + BATCH), { withVectors })
      await index.put(documents.map(toIndexDocument))
      onProgress?.(Math.min(newer.length, done + BATCH), newer.length)
    }
    seen = version
    return true
  }
}

/** 吗 and 呢 at the end, what asks for something, and 能不能. */
const QUESTION =
  /[?？吗呢]\s*$|怎[么样]|如何|什么|哪[里儿些个种]|谁|多[久少大长远]|几[点天个号]|[能是可会]否|有没有|(\p{Script=Han})不\1/u

export function toIndexDocument({ id, version, base, kind, title, meta, pieces }: StoredDocument): IndexDocument {
  const chunks = pieces.map((piece): IndexChunk => {
    // A document whose first heading is its title would say it twice.
    const path = [title, ...piece.heading.split(' > ')].filter(
      (part, place) => part !== '' && (place !== 1 || part !== title),
    )
    const head = path.join(' > ')
    // A heading that asks is answered by what stands under it.
    const isQuestion = kind === 'faq' || QUESTION.test(path.at(-1) ?? '')
    const heads = kind === 'faq' ? [title, ...(meta.similar ?? [])] : [head]
    const vector = piece.vector && { model: piece.model, numbers: piece.vector }
    return { id: piece.id, kind: isQuestion ? 'question' : 'text', heads, text: piece.text, vector }
  })
  return { id, version, base, meta: JSON.stringify({ url: meta.url, attachments: meta.attachments }), chunks }
}
