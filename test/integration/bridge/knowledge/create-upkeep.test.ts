import { describe, expect, it, onTestFinished } from 'vitest'
import { createKnowledgeUpkeep } from '../../../../bridge/knowledge/create-upkeep.ts'
import type { PageDeps } from '../../../../bridge/knowledge/ingest/list-pages.ts'
import { createDocumentStore } from '../../../../bridge/store/document-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { startStandInRetrieval } from '../../../support/stand-in-retrieval.ts'
import { openTestDatabase } from '../../../support/test-databases.ts'

const PAGE = 'https://a.example/help'

async function start(everyMs: number) {
  const { database } = await openTestDatabase('sqlite')
  const store = createDocumentStore(database)
  const base = await store.ensureBase('default')
  await store.ensureSource({ base, kind: 'page', uri: PAGE, everyMs })
  const site = { text: '九点开门。' as string | undefined, fetched: 0 }
  const pages: PageDeps = {
    async fetch(url) {
      site.fetched += 1
      if (url.endsWith('/robots.txt')) return { outcome: 'failed', reason: 'status', status: 404 }
      if (site.text === undefined) return { outcome: 'failed', reason: 'status', status: 500 }
      const bytes = new TextEncoder().encode(site.text)
      return { outcome: 'fetched', url, contentType: 'text/html', name: '', bytes, isTruncated: false }
    },
    read: async ({ bytes }) => ({
      outcome: 'read',
      kind: 'html',
      title: '帮助',
      text: new TextDecoder().decode(bytes),
      notes: [],
    }),
    describeFailure: ({ status }) => `status ${status}`,
    describeUnread: ({ reason }) => reason,
  }
  const apiKey = 'sk-test'
  const server = await startStandInRetrieval({ apiKey })
  onTestFinished(server.close)
  const run = createKnowledgeUpkeep({
    ...{ store, pages, log: createRecordingLogger(), shutdown: new AbortController().signal },
    embedding: { baseUrl: server.baseUrl, apiKey, model: 'm' },
  })
  const texts = async () =>
    (await store.read([...(await store.versions()).keys()])).flatMap(({ pieces }) => pieces.map(({ text }) => text))
  return { store, site, run, texts }
}

describe('the upkeep of the knowledge', () => {
  it('reads a page again when it is due, and gives what is new a vector', async () => {
    const { store, site, run, texts } = await start(1)
    await expect.poll(async () => (await store.dueSources()).length).toBe(1)
    await run()
    expect(await texts()).toEqual(['九点开门。'])
    expect(await store.withoutVector('m', 10)).toEqual([])
    site.text = '十点开门。'
    await expect.poll(async () => (await store.dueSources()).length).toBe(1)
    await run()
    expect(await texts()).toEqual(['十点开门。'])
    expect(await store.withoutVector('m', 10)).toEqual([])
  })

  it('leaves a page alone that is not due', async () => {
    const { site, run } = await start(3_600_000)
    await run()
    expect(site.fetched).toBe(0)
  })

  it('names a page that can not be read, and keeps what it said before', async () => {
    const { store, site, run, texts } = await start(1)
    await expect.poll(async () => (await store.dueSources()).length).toBe(1)
    await run()
    site.text = undefined
    await expect.poll(async () => (await store.dueSources()).length).toBe(1)
    await run()
    expect(await texts()).toEqual(['九点开门。'])
    expect((await store.documents())[0]).toMatchObject({ state: 'failed', error: 'status 500' })
  })
})
