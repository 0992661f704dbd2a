import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utils, write } from '@e965/xlsx'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../../bridge/cli/run-cli.ts'
import type { SearchReport } from '../../../../bridge/knowledge/evaluate.ts'
import { createDocumentStore } from '../../../../bridge/store/document-store.ts'
import { openDatabase } from '../../../../bridge/store/open-database.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { type ModelRequest, startStandInModel } from '../../../support/stand-in-model.ts'
import { startStandInRetrieval } from '../../../support/stand-in-retrieval.ts'

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'kefu-cli-knowledge-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const dataDir = join(folder, 'data')
  await mkdir(dataDir)
  const database = await openDatabase({ url: undefined, dataDir, poolSize: 1, log: createRecordingLogger() })
  onTestFinished(() => database.close())
  const docs = join(folder, 'docs')
  await mkdir(docs)
  const put = (name: string, content: string | Uint8Array) => writeFile(join(docs, name), content)
  const run = async (...argv: string[]) => {
    const { code, out, fault } = await runWith({}, ...argv, '--json')
    return { code, json: out === '' ? undefined : JSON.parse(out), fault }
  }
  const runWith = async (env: Readonly<Record<string, string>>, ...argv: string[]) => {
    let [out, fault] = ['', '']
    const code = await runCli({
      argv: ['knowledge', ...argv],
      env: { DATA_DIR: dataDir, ...env },
      stdout: (text) => {
        out += text
      },
      stderr: (text) => {
        fault += text
      },
    })
    return { code, out, fault }
  }
  return { folder, docs, put, run, runWith, store: createDocumentStore(database) }
}

const xlsx = (rows: string[][]): Uint8Array => {
  const book = utils.book_new()
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows), '问答')
  return new Uint8Array(write(book, { type: 'array', bookType: 'xlsx' }))
}

describe('knowledge add', () => {
  it('reads a folder: documents, tables of questions, and by name what it can not read', async () => {
    const { docs, put, run, store } = await start()
    await put('手册.md', '# 洗护\n羊毛衫要手洗。\n# 收纳\n不要悬挂。')
    await put(
      'faq.xlsx',
      xlsx([
        ['问题', '相似问', '答案'],
        ['几点开门？', '营业时间', '九点\n周末十点'],
      ]),
    )
    await put(
      '价格.csv',
      Buffer.from([0xc3, 0xfb, 0xb3, 0xc6, 0x2c, 0xbc, 0xdb, 0xb8, 0xf1, 0x0a, 0xb1, 0xad, 0x2c, 0x39, 0x0a]),
    )
    await put('broken.pdf', '%PDF-1.4 and then nothing')
    await put('.hidden.md', '看不见')
    const { code, json } = await run('add', docs)
    expect(code).toBe(1)
    expect(json.sources[0]).toMatchObject({ added: 3, failed: [{ uri: 'broken.pdf' }] })
    const documents = await store.documents()
    expect(documents.map(({ title, kind, state }) => [title, kind, state])).toEqual(
      expect.arrayContaining([
        ['洗护', 'text', 'ready'],
        ['几点开门？', 'faq', 'ready'],
        ['价格', 'text', 'ready'],
        ['broken.pdf', 'text', 'failed'],
      ]),
    )
    expect(JSON.stringify(await store.read(documents.map(({ id }) => id)))).toContain('名称 | 价格')
  })

  it('costs nothing for what has not changed, and follows what has', async () => {
    const { docs, put, run, store } = await start()
    await put('a.md', '九点开门。')
    await put('b.md', '包邮。')
    await run('add', docs)
    const before = await store.version()
    expect((await run('sync')).json.sources[0]).toMatchObject({ added: 0, changed: 0, unchanged: 2 })
    expect(await store.version()).toBe(before)
    await put('a.md', '十点开门。')
    await rm(join(docs, 'b.md'))
    expect((await run('sync')).json.sources[0]).toMatchObject({ changed: 1, removed: 1 })
    const { json } = await run('search', '几点开门')
    expect(json.passages[0].text).toBe('十点开门。')
  })

  it('keeps what it knows when the folder is gone', async () => {
    const { docs, put, run } = await start()
    await put('a.md', '九点开门。')
    await run('add', docs)
    await rm(docs, { recursive: true })
    const { code, json } = await run('sync')
    expect([code, json.sources[0].removed]).toEqual([1, 0])
    expect((await run('search', '几点开门')).json.passages).toHaveLength(1)
  })

  it('keeps what a table said before it was damaged, and names it', async () => {
    const { docs, put, run } = await start()
    const faq = xlsx([
      ['问题', '答案'],
      ['几点开门？', '九点'],
    ])
    await put('faq.xlsx', faq)
    await run('add', docs)
    await put('faq.xlsx', faq.subarray(0, 300))
    const { code, json } = await run('sync')
    expect([code, json.sources[0]]).toMatchObject([1, { removed: 0, failed: [{ uri: 'faq.xlsx' }] }])
    expect((await run('search', '几点开门')).json.passages[0].text).toBe('九点')
    await put('faq.xlsx', faq)
    expect((await run('sync')).json.sources[0]).toMatchObject({ removed: 1, failed: [] })
  })

  it('takes no file from outside of the folder for an attachment', async () => {
    const { folder, docs, put, run, store } = await start()
    await writeFile(join(folder, 'secret.png'), 'secret')
    const rows = [
      { question: '图在哪', answer: '见图', attachments: ['../secret.png'] },
      { question: '卡片呢', answer: '见卡片', attachments: [{ type: 'nonsense' }] },
    ]
    await put('faq.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    const { json } = await run('add', join(docs, 'faq.jsonl'))
    expect(json.sources[0].failed).toHaveLength(2)
    expect((await store.documents()).map(({ state }) => state)).toEqual(['failed', 'failed'])
  })

  it.each([
    [
      'a page of a mini programme without its ending',
      { type: 'miniprogram', appId: 'wx1', pagePath: 'pages/a', thumb: 'a.png' },
    ],
    ['a title that would be cut', { type: 'link', title: '长'.repeat(43), url: 'https://a.example/', thumb: 'a.png' }],
    ['a text that would be cut', { type: 'text', text: '长'.repeat(683) }],
    ['a thumb that is no picture', { type: 'link', title: '页', url: 'https://a.example/', thumb: 'a.csv' }],
    ['a picture that is none', 'b.jpg'],
  ])('names what the platform would not take: %s', async (_what, attachment) => {
    const { docs, put, run, store } = await start()
    await put('a.png', '\x89PNG\r\n\x1a\n'.padEnd(99))
    await put('a.csv', '一,二\n')
    await put('b.jpg', 'RIFF....WEBP'.padEnd(99))
    await put('faq.jsonl', JSON.stringify({ question: '图在哪', answer: '见图', attachments: [attachment] }))
    const { code, json } = await run('add', join(docs, 'faq.jsonl'))
    expect([code, json.sources[0].failed[0].why]).toEqual([1, expect.stringContaining('附件发不出去')])
    expect((await store.documents()).map(({ state }) => state)).toEqual(['failed'])
  })

  it('refuses a page that only this machine reaches', async () => {
    const { run } = await start()
    const { code, json } = await run('add', 'http://127.0.0.1:1/')
    expect([code, json.sources[0].added, json.sources[0].failed.length]).toEqual([1, 0, 1])
  })

  it('refuses what is not there', async () => {
    const { run } = await start()
    expect((await run('add', '/no/such/folder')).code).toBe(2)
  })
})

describe('knowledge bases', () => {
  it('are kept apart, and removed with all that is in them when that is confirmed', async () => {
    const { docs, put, run } = await start()
    await put('a.md', '九点开门。')
    await run('add', docs, '--base', '门店')
    await run('bases', 'add', '空的')
    const names = async () => (await run('bases', 'list')).json.bases.map(({ name }: { name: string }) => name)
    expect(await names()).toEqual(['门店', '空的'])
    expect((await run('search', '几点开门', '--base', '空的')).json.passages).toEqual([])
    expect((await run('bases', 'remove', '门店')).code).toBe(2)
    expect((await run('bases', 'remove', '门店', '--yes')).code).toBe(0)
    expect(await names()).toEqual(['空的'])
    expect((await run('search', '几点开门', '--base', '门店')).code).toBe(2)
  })
})

describe('knowledge list, show, export and remove', () => {
  it('look at single documents by the beginning of their id', async () => {
    const { docs, put, run } = await start()
    await put('a.md', '九点开门。')
    await put('faq.csv', '问题,相似问,答案\n几点开门,营业时间,九点\n')
    await run('add', docs)
    const { json: listed } = await run('list')
    expect(listed.total).toBe(2)
    const faq = listed.documents.find(({ kind }: { kind: string }) => kind === 'faq')
    expect((await run('show', faq.id.slice(0, 8))).json).toMatchObject({
      title: '几点开门',
      pieces: [{ text: '九点' }],
    })
    expect((await run('show', 'ffff')).code).toBe(2)
    expect((await run('export')).json).toContainEqual({ question: '几点开门', similar: ['营业时间'], answer: '九点' })
    expect((await run('remove', faq.id.slice(0, 8))).json).toEqual({ removed: 1 })
    expect((await run('remove', docs)).json).toEqual({ removed: 1 })
    expect((await run('list')).json.total).toBe(0)
  })
})

describe('knowledge eval', () => {
  it('measures finding and refusing, with answers and a page', async () => {
    const { docs, put, run } = await start()
    await put(
      'p.jsonl',
      ['怎么退货？', '几点开门？']
        .map((title, id) => JSON.stringify({ id: `p${id}`, title, text: `${title}的答案` }))
        .join('\n'),
    )
    const queries = [
      { q: '怎么退货', gold: 'p0', answers: ['答案'] },
      { q: '几点开门', gold: 'p1', answers: ['别的'] },
      { q: '写一首诗', gold: null, answers: [] },
    ]
    await put('q.jsonl', queries.map((query) => JSON.stringify(query)).join('\n'))
    const [p, q, chart] = [join(docs, 'p.jsonl'), join(docs, 'q.jsonl'), join(docs, 'chart.html')]
    const { code, json, fault } = await run('eval', p, q, '--answers', '--chart', chart)
    expect([code, fault]).toEqual([0, ''])
    expect(json.variants[0].report).toMatchObject({ queries: 3, recall1: 1, mrr10: 1, refusal: { nullAnswered: 0 } })
    expect(json.answers).toMatchObject({ answerer: 'knowledge', right: 1, answerable: 2, nullAnswered: 0, nulls: 1 })
    expect(await readFile(chart, 'utf8')).toMatch(/<svg[\s\S]*recall@1/)
  })

  const startVendors = async (reply: (body: ModelRequest) => string) => {
    const model = await startStandInModel({ reply })
    const retrieval = await startStandInRetrieval()
    onTestFinished(model.close)
    onTestFinished(retrieval.close)
    const { baseUrl } = retrieval
    const env = {
      ...{ DEEPSEEK_API_KEY: 'sk-test', DEEPSEEK_BASE_URL: model.baseUrl },
      ...{ EMBEDDING_API_KEY: 'sk-test', EMBEDDING_BASE_URL: baseUrl, EMBEDDING_MODEL: 'm' },
      ...{ RERANK_API_KEY: 'sk-test', RERANK_BASE_URL: baseUrl, RERANK_MODEL: 'm' },
    }
    return { model, retrieval, env }
  }
  const isRewriting = ({ messages }: ModelRequest) => JSON.stringify(messages[0]).includes('改写')
  const putQuestions = async (put: (name: string, content: string) => Promise<void>, docs: string) => {
    const passages = [
      { id: 'back', title: '逆向物流', text: '签收后七日内可以办理逆向物流。' },
      { id: 'shop', title: '门店', text: '杭州文三路。' },
      { id: 'wash', title: '洗护', text: '羊毛要手洗。' },
    ]
    const queries = [
      { q: '咋整回去呀', gold: 'back', answers: ['七日内'] },
      { q: '门店在杭州哪里', gold: 'shop', answers: ['文三路'] },
      { q: '写一首诗', gold: null, answers: [] },
    ]
    await put('p.jsonl', passages.map((passage) => JSON.stringify(passage)).join('\n'))
    await put('q.jsonl', queries.map((query) => JSON.stringify(query)).join('\n'))
    return ['eval', join(docs, 'p.jsonl'), join(docs, 'q.jsonl'), '--chart', join(docs, 'chart.html')]
  }

  it('measures rewording, reranker and vectors by going without each, and asks a vendor once for what it needs twice', async () => {
    const { docs, put, runWith } = await start()
    const { model, retrieval, env } = await startVendors((body) =>
      isRewriting(body) ? '如何办理逆向物流' : JSON.stringify(body).includes('咋整回去') ? '七日内可以。' : 'NO_ANSWER',
    )
    const argv = await putQuestions(put, docs)
    const { code, out } = await runWith(env, ...argv, '--answers', '--json')
    expect(code).toBe(0)
    const { variants, without, answers } = JSON.parse(out)
    const recalls = new Map(
      variants.map(({ name, report }: { name: string; report: { recall1: number } }) => [name, report.recall1]),
    )
    expect([...recalls.keys()]).toEqual([
      '全部 all parts',
      '不改写 no rewording',
      '不重排 no reranker',
      '不用向量 no vectors',
      '不用学到的别名 no learned names',
      '不用日常说法 no everyday words',
      '只用字词 words alone',
    ])
    const { DEEPSEEK_API_KEY, DEEPSEEK_BASE_URL } = env
    const modelAlone = await runWith({ DEEPSEEK_API_KEY, DEEPSEEK_BASE_URL }, ...argv, '--json')
    const recall1 = JSON.parse(modelAlone.out).variants.map(({ report }: { report: SearchReport }) => report.recall1)
    expect(recall1.slice(0, 2)).toEqual([1, 0.5])
    expect(without).toEqual({})
    expect(answers).toMatchObject({ answerer: 'deepseek', answered: 1, refused: 2, right: 1, nullAnswered: 0 })
    const rewritten = model.requests.filter(isRewriting).length
    // Once for each search and once for the answers, whatever the number of variants.
    expect(rewritten).toBeLessThanOrEqual(3 * 3)
    expect(retrieval.requests.some(({ path }) => path === '/rerank')).toBe(true)
    expect(await readFile(join(docs, 'chart.html'), 'utf8')).toContain('不改写 no rewording')
  })

  it('says what it will cost before it asks anybody, and asks nobody when told so', async () => {
    const { docs, put, runWith } = await start()
    const { model, retrieval, env } = await startVendors(() => '如何办理逆向物流')
    const argv = await putQuestions(put, docs)
    const offline = await runWith(env, ...argv, '--answers', '--offline', '--lang', 'en')
    expect(offline).toMatchObject({ code: 0, fault: '', out: expect.stringContaining('knowledge: ') })
    expect([...model.requests, ...retrieval.requests]).toEqual([])
    const { fault } = await runWith(env, ...argv, '--lang', 'en')
    expect(fault).toMatch(
      /^Vendors will be asked: vectors of 3 pieces .*3 questions reworded by deepseek\. About 1 min/,
    )
  })

  it('goes on without a vendor that fails, and says for how many questions', async () => {
    const { docs, put, runWith } = await start()
    const { model, env } = await startVendors(() => '')
    model.behave({ kind: 'status', status: 402 })
    const argv = await putQuestions(put, docs)
    const { code, out } = await runWith(env, ...argv, '--json')
    expect([code, JSON.parse(out).without.rewrite]).toEqual([0, expect.any(Number)])
  })

  it('names the line that is wrong', async () => {
    const { docs, put, run } = await start()
    await put('p.jsonl', '{"id":"a","title":"t","text":"x"}\n{"id":1}')
    await put('q.jsonl', '')
    const { code, fault } = await run('eval', join(docs, 'p.jsonl'), join(docs, 'q.jsonl'))
    expect(code).toBe(2)
    expect(fault).toContain('p.jsonl:2')
  })
})
