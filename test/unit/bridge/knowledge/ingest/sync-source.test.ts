import { describe, expect, it } from 'vitest'
import { type SourceItem, syncSource } from '../../../../../bridge/knowledge/ingest/sync-source.ts'
import type { DocumentRow, NewDocument } from '../../../../../bridge/store/document-store.ts'
import { AppError } from '../../../../../shared/app-error.ts'

const signal = new AbortController().signal
const SOURCE = { id: 's', base: 'b' }

function memoryStore() {
  const documents = new Map<string, { hash: string; error: string }>()
  const saved: string[] = []
  return {
    documents,
    saved,
    documentsOf: async () => [...documents].map(([uri, { hash }]) => ({ id: uri, uri, hash }) as DocumentRow),
    async save(_base: string, _source: string, { uri, hash }: NewDocument) {
      const isNew = !documents.has(uri)
      documents.set(uri, { hash, error: '' })
      saved.push(uri)
      return isNew ? ('added' as const) : ('changed' as const)
    },
    async fail(_base: string, _source: string, { uri, error }: { uri: string; error: string }) {
      documents.set(uri, { hash: '', error })
    },
    async remove(ids: readonly string[]) {
      for (const id of ids) documents.delete(id)
      return ids.length
    },
    finishSource: async () => undefined,
  }
}

function item(uri: string, hash: string): SourceItem & { reads: number } {
  const made = {
    ...{ uri, title: uri, hash, reads: 0 },
    async read() {
      made.reads += 1
      return { kind: 'text' as const, title: uri, hash, chunks: [{ heading: '', text: uri }], meta: {} }
    },
  }
  return made
}

describe('syncSource', () => {
  it('saves what is new or changed, leaves the same alone unread, and removes what is gone', async () => {
    const store = memoryStore()
    const [same, changing, going] = [item('same', '1'), item('changing', '1'), item('going', '1')]
    await syncSource(SOURCE, { items: [same, changing, going], isComplete: true }, { store }, signal)
    expect(store.saved.toSorted()).toEqual(['changing', 'going', 'same'])
    const items = [same, item('changing', '2'), item('new', '1')]
    const report = await syncSource(SOURCE, { items, isComplete: true }, { store }, signal)
    expect(report).toMatchObject({ added: 1, changed: 1, unchanged: 1, removed: 1, failed: [] })
    expect(same.reads).toBe(1)
    expect([...store.documents.keys()].toSorted()).toEqual(['changing', 'new', 'same'])
  })

  it('names what can not be read now, and rejects with what nobody foresaw', async () => {
    const failing = (error: Error): SourceItem => ({ uri: 'x', title: 'x', read: () => Promise.reject(error) })
    const sync = (one: SourceItem) =>
      syncSource(SOURCE, { items: [one, item('fine', '1')], isComplete: true }, { store: memoryStore() }, signal)
    const busy = new AppError('parse.no-reader', 'no reader', { retryable: true })
    expect(await sync(failing(busy))).toMatchObject({ added: 1, failed: [{ uri: 'x', why: expect.any(String) }] })
    await expect(sync(failing(new TypeError('a fault of ours')))).rejects.toThrow('a fault of ours')
  })

  it('names what can not be read, and goes on', async () => {
    const store = memoryStore()
    const broken: SourceItem = { uri: 'broken', title: 'broken', read: async () => ({ unread: 'encrypted' }) }
    const report = await syncSource(SOURCE, { items: [broken, item('fine', '1')], isComplete: true }, { store }, signal)
    expect(report).toMatchObject({ added: 1, failed: [{ uri: 'broken', why: 'encrypted' }] })
    expect(store.documents.get('broken')?.error).toBe('encrypted')
  })

  it('removes nothing when the list may lack something', async () => {
    const store = memoryStore()
    await syncSource(SOURCE, { items: [item('a', '1')], isComplete: true }, { store }, signal)
    await syncSource(SOURCE, { items: [], isComplete: false, error: 'away' }, { store }, signal)
    expect([...store.documents.keys()]).toEqual(['a'])
  })
})
