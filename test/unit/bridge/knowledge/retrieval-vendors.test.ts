import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEmbed } from '../../../../bridge/knowledge/create-embed.ts'
import { createRerank } from '../../../../bridge/knowledge/rerank.ts'
import { type RetrievalBehaviour, startStandInRetrieval } from '../../../support/stand-in-retrieval.ts'

const never = new AbortController().signal
const apiKey = 'sk-KEY-that-nobody-may-see'

async function start() {
  const server = await startStandInRetrieval({ apiKey })
  onTestFinished(server.close)
  return server
}

async function failureOf(pending: Promise<unknown>): Promise<unknown> {
  const error = await pending.then(
    () => 'no failure',
    (caught: unknown) => caught,
  )
  const shown = error instanceof Error ? `${error.stack}${JSON.stringify(error)}${String(error.cause)}` : ''
  expect(shown).not.toMatch(/四十二|sk-KEY|as told/)
  return error
}

const similarity = (a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()) =>
  a.reduce((sum, part, index) => sum + part * (b[index] ?? 0), 0)

describe('createEmbed', () => {
  it('gives a vector per text, in order, by batches of what the vendor takes', async () => {
    const server = await start()
    const embed = createEmbed({ apiKey, baseUrl: server.baseUrl, model: 'BAAI/bge-m3' })
    const texts = Array.from({ length: 25 }, (_, index) => `第 ${index} 条：商品 ${index * 7}`)
    const vectors = await embed(texts, never)
    expect(vectors).toHaveLength(25)
    expect(server.requests.map(({ body }) => (body.input as string[]).length).sort((a, b) => a - b)).toEqual([
      5, 10, 10,
    ])
    expect(server.requests[0]?.body).toMatchObject({ model: 'BAAI/bge-m3', encoding_format: 'float' })
    // Each is its own text's: the same text alone has the same vector.
    const [alone] = await embed([texts[17] ?? ''], never)
    expect(similarity(vectors[17], alone)).toBeCloseTo(1)
    expect(similarity(vectors[16], alone)).toBeLessThan(0.99)
  })

  it('asks Ark for one text a call', async () => {
    const server = await start()
    const embed = createEmbed({ apiKey, baseUrl: server.baseUrl, model: 'doubao-embedding-vision-251215' })
    const [first, second] = await embed(['退货', '开发票'], never)
    expect(first).toHaveLength(1024)
    expect(similarity(first, second)).toBeLessThan(0.5)
    expect(server.requests).toHaveLength(2)
    expect(server.requests[0]).toMatchObject({
      path: '/embeddings/multimodal',
      body: { input: [{ type: 'text', text: expect.any(String) }], dimensions: 1024 },
    })
  })

  it('knows an endpoint of Ark by its address', async () => {
    const server = await start()
    const embed = createEmbed({ apiKey, baseUrl: `${server.baseUrl}/embeddings/multimodal`, model: 'ep-2026-abc' })
    expect(await embed(['退货'], never)).toHaveLength(1)
    expect(server.requests[0]?.path).toBe('/embeddings/multimodal')
  })

  it('takes blank and endless texts', async () => {
    const server = await start()
    const embed = createEmbed({ apiKey, baseUrl: server.baseUrl, model: 'm' })
    expect(await embed(['', '  ', '长'.repeat(100_000)], never)).toHaveLength(3)
    expect(await embed([], never)).toEqual([])
    const input = server.requests[0]?.body.input as string[]
    expect(input.map((text) => text.length)).toEqual([1, 1, 4000])
  })

  it('tries again what may pass', async () => {
    const server = await start()
    server.behave({ kind: 'status', status: 429, retryAfterS: 0 }, 2)
    const embed = createEmbed({ apiKey, baseUrl: server.baseUrl, model: 'm' })
    expect(await embed(['退货'], never)).toHaveLength(1)
    expect(server.requests).toHaveLength(3)
  })

  it.each<[string, object]>([
    ['too few vectors', { data: [] }],
    ['vectors of several lengths', { data: [{ embedding: [1, 2] }, { embedding: [1] }] }],
    ['an empty vector', { data: [{ embedding: [] }, { embedding: [] }] }],
    ['what is no number', { data: [{ embedding: ['1'] }, { embedding: ['2'] }] }],
    ['another shape', { embeddings: [[1], [2]] }],
  ])('refuses %s', async (_what, body) => {
    const server = await start()
    server.behave({ kind: 'body', body })
    const embed = createEmbed({ apiKey, baseUrl: server.baseUrl, model: 'm' })
    expect(await failureOf(embed(['四十二', '二'], never))).toMatchObject({
      code: 'vendor.unavailable',
      details: { vendor: 'embedding', reason: 'bad-answer' },
    })
  })
})

describe('what is charged', () => {
  it.each([
    ["OpenAI's", { usage: { prompt_tokens: 12, total_tokens: 13 } }, 12],
    ["Jina's", { usage: { total_tokens: 13 } }, 13],
    ["SiliconFlow's", { meta: { tokens: { input_tokens: 14, output_tokens: 0 } } }, 14],
    ['no', { usage: { prompt_tokens: 'many' }, meta: null }, undefined],
  ])('is told by %s answer, for vectors and for reranking', async (_whose, said, tokens) => {
    const server = await start()
    const told: (number | undefined)[] = []
    const vendor = { apiKey, baseUrl: server.baseUrl, model: 'm', onTokens: (count?: number) => void told.push(count) }
    server.behave({ kind: 'body', body: { ...said, data: [{ index: 0, embedding: [1, 0] }] } })
    await createEmbed(vendor)(['a'], never)
    server.behave({ kind: 'body', body: { ...said, results: [{ index: 0, relevance_score: 1 }] } })
    await createRerank(vendor)('q', ['a'], never)
    expect(told).toEqual([tokens, tokens])
  })

  it('is nothing while the vendor refuses', async () => {
    const server = await start()
    const told: unknown[] = []
    const vendor = { apiKey, baseUrl: server.baseUrl, model: 'm', onTokens: (count?: number) => void told.push(count) }
    server.behave({ kind: 'status', status: 402 })
    await expect(createEmbed(vendor)(['a'], never)).rejects.toMatchObject({ code: 'vendor.account' })
    expect(told).toEqual([])
  })
})

describe('createRerank', () => {
  it('puts the text that fits first', async () => {
    const server = await start()
    const rerank = createRerank({ apiKey, baseUrl: `${server.baseUrl}/`, model: 'BAAI/bge-reranker-v2-m3' })
    const ranked = await rerank('怎么退货', ['发票怎么开', '如何申请退货退款', '营业时间'], never)
    expect(ranked[0]?.index).toBe(1)
    expect(ranked).toHaveLength(3)
    expect(server.requests[0]?.body).toMatchObject({ top_n: 3, query: '怎么退货' })
    expect(await rerank('怎么退货', [], never)).toEqual([])
    expect(server.requests).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['an index that nobody gave', { results: [{ index: 5, relevance_score: 0.9 }] }],
    ['a score that is no number', { results: [{ index: 0, relevance_score: 'high' }] }],
    ['another shape', { data: [] }],
  ])('refuses %s', async (_what, body) => {
    const server = await start()
    server.behave({ kind: 'body', body })
    const rerank = createRerank({ apiKey, baseUrl: server.baseUrl, model: 'm' })
    expect(await failureOf(rerank('四十二', ['a'], never))).toMatchObject({ details: { reason: 'bad-answer' } })
  })
})

describe('both', () => {
  const calls = {
    embedding: (baseUrl: string, deadlineMs = 5000, key = apiKey, signal = never) =>
      createEmbed({ apiKey: key, baseUrl, model: 'm' }, { deadlineMs })(['四十二'], signal),
    rerank: (baseUrl: string, deadlineMs = 5000, key = apiKey, signal = never) =>
      createRerank({ apiKey: key, baseUrl, model: 'm' }, { deadlineMs })('四十二', ['a'], signal),
  }
  const names = ['embedding', 'rerank'] as const
  const faults: [RetrievalBehaviour, object, number][] = [
    [{ kind: 'status', status: 400 }, { code: 'vendor.refused', retryable: false }, 1],
    [{ kind: 'status', status: 402 }, { code: 'vendor.account', retryable: false }, 1],
    [{ kind: 'status', status: 403 }, { code: 'vendor.account', retryable: false }, 1],
    [{ kind: 'status', status: 429, retryAfterS: 0 }, { code: 'vendor.unavailable', retryable: true }, 3],
    [{ kind: 'status', status: 503, retryAfterS: 0 }, { code: 'vendor.unavailable', retryable: true }, 3],
    [{ kind: 'status', status: 429, retryAfterS: 60 }, { details: { retryAfterMs: 60_000, status: 429 } }, 1],
    [{ kind: 'html', status: 200 }, { details: { reason: 'bad-answer' } }, 3],
    [{ kind: 'cut' }, { details: { reason: 'network' } }, 3],
  ]
  const cases = names.flatMap((name) => faults.map(([fault, expected, tries]) => ({ name, fault, expected, tries })))

  it.each(cases)('$name fails as it should on $fault', async ({ name, fault, expected, tries }) => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    onTestFinished(() => random.mockRestore())
    const server = await start()
    server.behave(fault)
    expect(await failureOf(calls[name](server.baseUrl))).toMatchObject(expected)
    expect(server.requests).toHaveLength(tries)
  })

  it.each(names)('%s tells of a wrong key, and of nobody there', async (name) => {
    const server = await start()
    expect(await failureOf(calls[name](server.baseUrl, 5000, 'sk-KEY-other'))).toMatchObject({
      code: 'vendor.account',
      details: { status: 401 },
    })
    const gone = await startStandInRetrieval()
    await gone.close()
    expect(await failureOf(calls[name](gone.baseUrl, 200))).toMatchObject({ code: 'vendor.unavailable' })
  })

  it.each(names)('%s gives up at the deadline and closes the connection', async (name) => {
    const server = await start()
    server.behave({ kind: 'silence' })
    const startedAt = performance.now()
    expect(await failureOf(calls[name](server.baseUrl, 300))).toMatchObject({ details: { reason: 'deadline' } })
    expect(performance.now() - startedAt).toBeLessThan(1500)
    await vi.waitFor(() => expect(server.abandoned()).toBe(1))
  })

  it.each(names)('%s ends when its caller gives up', async (name) => {
    const server = await start()
    server.behave({ kind: 'silence' })
    const giveUp = new AbortController()
    const failure = failureOf(calls[name](server.baseUrl, 30_000, apiKey, giveUp.signal))
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    giveUp.abort()
    expect(await failure).toMatchObject({ details: { reason: 'aborted' } })
    await vi.waitFor(() => expect(server.abandoned()).toBe(1))
  })
})
