import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createKnowledge,
  type KnowledgeDeps,
  type KnowledgeOptions,
} from '../../../../bridge/knowledge/create-knowledge.ts'
import { embedWaiting } from '../../../../bridge/knowledge/embed-waiting.ts'
import { createEmbedder } from '../../../../bridge/knowledge/models/embed.ts'
import { createDocumentStore, type NewDocument } from '../../../../bridge/store/document-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { startStandInRetrieval } from '../../../support/stand-in-retrieval.ts'
import { openTestDatabase } from '../../../support/test-databases.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const signal = new AbortController().signal
const faq = (question: string, answer: string, meta: NewDocument['meta'] = {}): NewDocument => ({
  ...{ uri: question, kind: 'faq', title: question, hash: answer, meta },
  chunks: [{ heading: '', text: answer }],
})
const guide = (title: string, text: string): NewDocument => ({
  ...{ uri: title, kind: 'text', title, hash: text, meta: { url: 'https://a.example/guide' } },
  chunks: [{ heading: '', text }],
})

async function start(
  documents: Readonly<Record<string, readonly NewDocument[]>>,
  deps: Partial<KnowledgeDeps> = {},
  options: Partial<KnowledgeOptions> = {},
) {
  const { database } = await openTestDatabase('sqlite')
  const store = createDocumentStore(database)
  const add = async (base: string, document: NewDocument) => {
    const baseId = await store.ensureBase(base)
    const source = await store.ensureSource({ base: baseId, kind: 'file', uri: base, everyMs: 0 })
    await store.save(baseId, source.id, document)
  }
  for (const [base, all] of Object.entries(documents)) for (const document of all) await add(base, document)
  const dataDir = await mkdtemp(join(tmpdir(), 'kefu-knowledge-'))
  const log = createRecordingLogger()
  const knowledge = createKnowledge(
    { store, log, basesOf: () => [], ...deps },
    { dataDir, databaseId: 'test', everyMs: 20, ...options },
  )
  onTestFinished(async () => {
    await knowledge.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const ask = (question: string, openKfId = 'wk1') =>
    knowledge.find({ openKfId, question, turns: [{ role: 'customer', text: question }] }, signal)
  return { store, knowledge, ask, add, log }
}

describe('the knowledge', () => {
  it('does not exist for an account as long as there is nothing in it', async () => {
    const { ask } = await start({})
    expect(await ask('怎么退货')).toEqual({ passages: [], isAssigned: false })
  })

  it('answers from the bases of the account alone', async () => {
    const { ask } = await start(
      { shoes: [faq('鞋子怎么洗', '不要机洗。')], coats: [faq('大衣怎么洗', '请干洗。')] },
      { basesOf: (openKfId) => (openKfId === 'wk1' ? ['shoes'] : openKfId === 'wk2' ? ['gone'] : []) },
    )
    expect((await ask('怎么洗')).passages.map(({ text }) => text)).toEqual(['不要机洗。'])
    expect(await ask('怎么洗', 'wk2')).toEqual({ passages: [], isAssigned: false })
    expect((await ask('怎么洗', 'wk3')).passages).toHaveLength(2)
  })

  it('keeps no file with vectors when the database has them, and no other file is touched', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kefu-knowledge-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const folder = join(dataDir, 'knowledge-index')
    await mkdir(folder)
    for (const name of ['test.sqlite', 'test.sqlite-wal', 'other.sqlite']) await writeFile(join(folder, name), '')
    const { database } = await openTestDatabase('sqlite')
    const vectors = { near: async () => [], prepare: async () => {}, put: async () => {}, fill: async () => 0 }
    const { knowledge } = await start({}, { store: createDocumentStore(database, vectors) }, { dataDir })
    knowledge.start()
    await waitUntil(async () => !(await readdir(folder)).some((name) => name.startsWith('test.sqlite')), {
      what: 'the file with vectors is gone',
    })
    expect(await readdir(folder)).toContain('other.sqlite')
  })

  it('gives what an answer is sent with, and where a page is', async () => {
    const attachments = [{ type: 'image', media: { stored: 'knowledge:1' } }]
    const { ask } = await start({ a: [faq('怎么装支架', '看图。', { attachments }), guide('洗护', '羊毛要手洗。')] })
    expect((await ask('怎么装支架')).passages[0]).toMatchObject({ title: '怎么装支架', attachments })
    expect((await ask('羊毛手洗')).passages[0]).toMatchObject({ url: 'https://a.example/guide' })
  })

  it('gives a small FAQ whole, the same bytes each time, and none where there is more', async () => {
    const { ask, add, knowledge } = await start({ a: [faq('一', '甲'), faq('二', '乙')] })
    const { wholeFaq } = await ask('一')
    expect(wholeFaq).toContain('问：一\n答：甲')
    expect((await ask('二')).wholeFaq).toBe(wholeFaq)
    await add('a', guide('手册', '很长。'))
    await knowledge.refresh()
    expect((await ask('一')).wholeFaq).toBeUndefined()
  })

  it('follows what is added, changed and removed', async () => {
    const { ask, add, knowledge, store } = await start({ a: [guide('营业', '九点开门。')] })
    await ask('几点开门')
    knowledge.start()
    await add('a', { ...guide('营业', '十点开门。'), hash: '2' })
    await expect.poll(async () => (await ask('几点开门')).passages[0]?.text).toBe('十点开门。')
    await store.remove((await store.documents()).map(({ id }) => id))
    await expect.poll(async () => (await ask('几点开门')).isAssigned).toBe(false)
  })

  it('asks for other words only where it is not clear, and does without them when that fails', async () => {
    let asked = 0
    const { ask, log } = await start(
      { a: [guide('售后政策', '签收后七日内可以办理逆向物流。'), guide('门店', '杭州文三路。')] },
      {
        async rewrite(_turns, _signal, openKfId) {
          expect(openKfId).toBe('wk1')
          asked += 1
          if (asked > 1) throw new Error('the model is away')
          return ['如何办理逆向物流']
        },
      },
    )
    expect((await ask('咋整回去')).passages[0]?.title).toBe('售后政策')
    await expect(ask('咋整回去')).resolves.toMatchObject({ isAssigned: true })
    expect(asked).toBe(2)
    expect(log.lines.map(({ name }) => name)).toContain('knowledge.without')
    expect(JSON.stringify(log.lines)).not.toContain('咋整回去')
  })

  it('goes on by words when vectors can not be had', async () => {
    const apiKey = 'sk-test'
    const server = await startStandInRetrieval({ apiKey })
    onTestFinished(server.close)
    const embedding = { baseUrl: server.baseUrl, apiKey, model: 'm', deadlineMs: 500 }
    const { ask, store, knowledge } = await start(
      { a: [guide('营业', '九点开门。'), guide('地址', '杭州文三路。')] },
      {},
      { embedding },
    )
    expect(await embedWaiting({ store, embedder: createEmbedder(embedding) })).toBe(2)
    await knowledge.refresh()
    expect((await ask('几点开门')).passages[0]?.title).toBe('营业')
    await server.close()
    expect((await ask('几点开门')).passages[0]?.title).toBe('营业')
  })
})
