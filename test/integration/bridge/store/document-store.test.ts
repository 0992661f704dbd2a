import { describe, expect, it } from 'vitest'
import { createDocumentStore, type NewDocument } from '../../../../bridge/store/document-store.ts'
import { ENGINES, openTestDatabase } from '../../../support/test-databases.ts'

function document(over: Partial<NewDocument> = {}): NewDocument {
  return {
    ...{ uri: 'a.md', kind: 'text', title: 'A', hash: 'h1', meta: {} },
    chunks: [
      { heading: '一', text: '第一段' },
      { heading: '二', text: '第二段' },
    ],
    ...over,
  }
}

for (const { engine, isMissing } of ENGINES) {
  describe.skipIf(isMissing())(`the document store on ${engine}`, () => {
    async function open() {
      const { database } = await openTestDatabase(engine)
      const store = createDocumentStore(database)
      const base = await store.ensureBase('default')
      const source = await store.ensureSource({ base, kind: 'folder', uri: '/docs', everyMs: 0 })
      const texts = async () =>
        (await store.read([...(await store.versions()).keys()])).flatMap(({ pieces }) => pieces.map(({ text }) => text))
      return { database, store, base, source: source.id, texts }
    }

    it('gives a base of a name one id, whoever asks', async () => {
      const { store, base } = await open()
      expect(await store.ensureBase('default')).toBe(base)
      expect(await store.ensureBase('other')).not.toBe(base)
      expect((await store.bases()).map(({ name }) => name)).toEqual(['default', 'other'])
    })

    it('replaces a document whole, and raises its version', async () => {
      const { store, base, source, texts } = await open()
      expect(await store.save(base, source, document())).toBe('added')
      const before = await store.version()
      expect(await store.save(base, source, document({ hash: 'h2', chunks: [{ heading: '', text: '新' }] }))).toBe(
        'changed',
      )
      expect(await store.version()).toBeGreaterThan(before)
      expect(await texts()).toEqual(['新'])
      expect([...(await store.versions()).values()]).toEqual([await store.version()])
    })

    it('leaves a document with the same hash alone', async () => {
      const { store, base, source } = await open()
      await store.save(base, source, document())
      const before = await store.version()
      expect(await store.save(base, source, document())).toBe('unchanged')
      expect(await store.version()).toBe(before)
    })

    it('keeps the old document when the new one breaks half way', async () => {
      const { store, base, source, texts } = await open()
      await store.save(base, source, document())
      const broken = document({ hash: 'h2', chunks: [{ heading: '', text: '新' }, { heading: '' } as never] })
      await expect(store.save(base, source, broken)).rejects.toThrow()
      expect(await texts()).toEqual(['第一段', '第二段'])
      expect((await store.documents(base))[0]?.hash).toBe('h1')
    })

    it('names a document that failed, and still finds what was known of it', async () => {
      const { store, base, source, texts } = await open()
      await store.save(base, source, document())
      await store.fail(base, source, { uri: 'a.md', title: 'A', error: 'encrypted' })
      await store.fail(base, source, { uri: 'b.pdf', title: 'b.pdf', error: 'scanned' })
      expect((await store.documents(base)).map(({ uri, state, error }) => [uri, state, error])).toEqual([
        ['a.md', 'failed', 'encrypted'],
        ['b.pdf', 'failed', 'scanned'],
      ])
      expect(await texts()).toEqual(['第一段', '第二段'])
      // Read again, it is as good as any.
      expect(await store.save(base, source, document())).toBe('changed')
      expect((await store.documents(base))[0]?.state).toBe('ready')
    })

    it('forgets what is removed, by document, source and base', async () => {
      const { store, base, source, texts } = await open()
      await store.save(base, source, document())
      await store.save(base, source, document({ uri: 'b.md' }))
      const [one] = await store.documentsOf(source)
      const before = await store.version()
      expect(await store.remove([one?.id ?? ''])).toBe(1)
      expect(await store.version()).toBeGreaterThan(before)
      expect(await texts()).toHaveLength(2)
      await store.removeSource(source)
      expect([await texts(), await store.sources()]).toEqual([[], []])
      const again = await store.ensureSource({ base, kind: 'folder', uri: '/docs', everyMs: 0 })
      await store.save(base, again.id, document())
      await store.removeBase(base)
      expect([await texts(), await store.bases()]).toEqual([[], []])
    })

    it('says which sources are to be read again, and when not', async () => {
      const { store, base } = await open()
      const page = await store.ensureSource({ base, kind: 'page', uri: 'https://a.example/', everyMs: 1 })
      await expect.poll(async () => (await store.dueSources()).map(({ id }) => id)).toEqual([page.id])
      await store.ensureSource({ base, kind: 'page', uri: 'https://a.example/', everyMs: 3_600_000 })
      expect(await store.dueSources()).toEqual([])
      await store.finishSource(page.id, 'status 500')
      expect((await store.sources(base)).find(({ id }) => id === page.id)).toMatchObject({ error: 'status 500' })
    })

    it('keeps vectors with their model until the document changes', async () => {
      const { store, base, source } = await open()
      await store.save(base, source, document())
      const waiting = await store.withoutVector('m', 10)
      expect(waiting.map(({ text }) => text)).toEqual(['A\n一\n第一段', 'A\n二\n第二段'])
      const before = await store.version()
      await store.saveVectors(
        'm',
        waiting.map(({ id }) => ({ id, vector: Float32Array.of(1, -0.5) })),
      )
      expect(await store.version()).toBeGreaterThan(before)
      expect(await store.withoutVector('m', 10)).toEqual([])
      expect(await store.withoutVector('other', 10)).toHaveLength(2)
      const [read] = await store.read([...(await store.versions()).keys()])
      expect(read?.pieces[0]?.vector).toEqual(Float32Array.of(1, -0.5))
      await store.save(base, source, document({ hash: 'h2' }))
      expect(await store.withoutVector('m', 10)).toHaveLength(2)
    })

    it('keeps a file once, and gives it back byte by byte', async () => {
      const { store } = await open()
      const bytes = Uint8Array.from({ length: 300 }, (_, index) => index)
      const id = await store.saveFile('a.png', bytes)
      expect(await store.saveFile('a.png', bytes)).toBe(id)
      expect(await store.readFile(id)).toEqual({ name: 'a.png', bytes })
      expect(await store.readFile('none')).toBeUndefined()
    })
  })
}
