import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { AnswerEvent, Question } from '../../../../bridge/answer/answerer.ts'
import { createDeepseekAnswerer } from '../../../../bridge/answer/deepseek.ts'
import { SYSTEM_PROMPT } from '../../../../bridge/answer/system-prompt.ts'
import { type ModelBehaviour, startStandInModel } from '../../../support/stand-in-model.ts'

const never = new AbortController().signal
const apiKey = 'sk-KEY-that-nobody-may-see'
const question: Question = {
  conversationKey: 'abc_123',
  turns: [{ role: 'customer', text: '我的秘密是四十二' }],
}

function create(baseUrl: string, deadlineMs = 2_000) {
  return createDeepseekAnswerer({ apiKey, baseUrl, model: 'deepseek-flash', deadlineMs })
}

async function collect(events: AsyncIterable<AnswerEvent>) {
  const found: AnswerEvent[] = []
  for await (const event of events) found.push(event)
  return found
}

const textOf = (events: AnswerEvent[]) => events.map((event) => (event.kind === 'text' ? event.text : '')).join('')

async function failureOf(events: AsyncIterable<AnswerEvent>): Promise<unknown> {
  const error = await collect(events).then(
    () => 'no failure',
    (caught: unknown) => caught,
  )
  // Nothing that an error shows holds the customer's words, the vendor's words or the key.
  const shown = error instanceof Error ? `${error.stack}${JSON.stringify(error)}${String(error.cause)}` : ''
  expect(shown).not.toMatch(/四十二|sk-KEY/)
  return error
}

async function withModel<T>(run: (model: Awaited<ReturnType<typeof startStandInModel>>) => Promise<T>): Promise<T> {
  const model = await startStandInModel({ apiKey, reply: () => '您好，\n请看订单页。' })
  try {
    return await run(model)
  } finally {
    await model.close()
  }
}

/** A vendor that answers exactly this. */
async function withServer<T>(
  answer: (response: ServerResponse) => void,
  run: (baseUrl: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const stream = (...chunks: (object | string)[]) => {
  const events = chunks.map((chunk) => (typeof chunk === 'string' ? chunk : `data: ${JSON.stringify(chunk)}\n\n`))
  return (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''))
}
const says = (content: string, finish_reason: string | null = null, more: object = {}) => ({
  choices: [{ index: 0, delta: { content, ...more }, finish_reason }],
})

describe('createDeepseekAnswerer', () => {
  it('streams the answer, then usage, then one verdict', async () => {
    const { events, requests } = await withModel(async (model) => ({
      events: await collect(create(model.baseUrl).answer(question, never)),
      requests: model.requests,
    }))
    expect(textOf(events)).toBe('您好，\n请看订单页。')
    expect(events.slice(-2)).toEqual([
      {
        kind: 'usage',
        usage: {
          model: 'deepseek-flash',
          inputTokens: expect.any(Number),
          cachedInputTokens: expect.any(Number),
          outputTokens: 10,
        },
      },
      { kind: 'verdict', verdict: 'answered' },
    ])
    expect(events.filter(({ kind }) => kind === 'verdict')).toHaveLength(1)
    expect(requests).toMatchObject([
      {
        model: 'deepseek-flash',
        stream: true,
        stream_options: { include_usage: true },
        thinking: { type: 'disabled' },
        user_id: 'abc_123',
        messages: [
          { role: 'system', content: SYSTEM_PROMPT },
          { role: 'user', content: '我的秘密是四十二' },
        ],
      },
    ])
  })

  it.each<[ModelBehaviour, object]>([
    [
      { kind: 'status', status: 401 },
      { code: 'answer.account', retryable: false, details: { status: 401 } },
    ],
    [
      { kind: 'status', status: 402 },
      { code: 'answer.account', retryable: false, details: { status: 402 } },
    ],
    [
      { kind: 'status', status: 404 },
      { code: 'answer.account', retryable: false },
    ],
    [
      { kind: 'status', status: 400 },
      { code: 'answer.refused', retryable: false, details: { type: 'invalid_request_error' } },
    ],
    [
      { kind: 'status', status: 422 },
      { code: 'answer.refused', retryable: false },
    ],
    [
      { kind: 'status', status: 429, retryAfterS: 7 },
      { code: 'answer.unavailable', retryable: true, details: { retryAfterMs: 7000 } },
    ],
    [
      { kind: 'status', status: 500 },
      { code: 'answer.unavailable', retryable: true, details: { status: 500 } },
    ],
    [
      { kind: 'status', status: 503 },
      { code: 'answer.unavailable', retryable: true },
    ],
    [
      { kind: 'html', status: 502 },
      { code: 'answer.unavailable', retryable: true, details: { status: 502 } },
    ],
    [
      { kind: 'html', status: 200 },
      { code: 'answer.unavailable', retryable: true, details: { reason: 'cut' } },
    ],
    [{ kind: 'blank' }, { code: 'answer.unavailable', retryable: true, details: { reason: 'blank' } }],
    [{ kind: 'cut' }, { code: 'answer.unavailable', retryable: true }],
    [
      { kind: 'finish', reason: 'content_filter' },
      { code: 'answer.sensitive', retryable: false },
    ],
    [
      { kind: 'finish', reason: 'insufficient_system_resource' },
      { code: 'answer.unavailable', details: { reason: 'overloaded' } },
    ],
  ])('fails once on %j', async (behaviour, expected) => {
    await withModel(async (model) => {
      model.behave(behaviour)
      expect(await failureOf(create(model.baseUrl).answer(question, never))).toMatchObject(expected)
      expect(model.requests).toHaveLength(1)
    })
  })

  it.each<ModelBehaviour>([{ kind: 'keep-alive' }, { kind: 'silence' }])(
    'gives up at the deadline on %j',
    async (behaviour) => {
      await withModel(async (model) => {
        model.behave(behaviour)
        const startedAt = performance.now()
        expect(await failureOf(create(model.baseUrl, 450).answer(question, never))).toMatchObject({
          code: 'answer.unavailable',
          retryable: true,
          details: { reason: 'deadline', deadlineMs: 450 },
        })
        expect(performance.now() - startedAt).toBeLessThan(1500)
      })
    },
  )

  it('ends when the caller gives up', async () => {
    await withModel(async (model) => {
      model.behave({ kind: 'keep-alive' })
      const giveUp = new AbortController()
      const failure = failureOf(create(model.baseUrl, 30_000).answer(question, giveUp.signal))
      await vi.waitFor(() => expect(model.requests).toHaveLength(1))
      giveUp.abort()
      expect(await failure).toMatchObject({ code: 'answer.unavailable', details: { reason: 'aborted' } })
    })
  })

  it('names why nothing listens there', async () => {
    const baseUrl = await withServer(
      () => {},
      async (url) => url,
    )
    expect(await failureOf(create(baseUrl).answer(question, never))).toMatchObject({
      code: 'answer.unavailable',
      details: { reason: 'network', cause: 'ECONNREFUSED' },
    })
  })

  it('marks an answer that ran into its length', async () => {
    await withModel(async (model) => {
      model.behave({ kind: 'finish', reason: 'length' })
      expect(textOf(await collect(create(model.baseUrl).answer(question, never)))).toBe('您好，\n请看订单页。……')
    })
  })

  it.each<[string, (object | string)[], string]>([
    ['reasoning beside the text', [says('', null, { reasoning_content: '嗯' }), says('好', 'stop')], '好'],
    ['thinking inside the text', [says('<thi'), says('nk>嗯</think>'), says('好', 'stop')], '好'],
    ['a tag that never comes', [says('好 <'), says('', 'stop')], '好 <'],
    [
      'comments, blank lines and chunks without choices',
      ['\n\n: keep-alive\n\n', { usage: null }, {}, says('好', 'stop')],
      '好',
    ],
  ])('reads %s', async (_name, chunks, text) => {
    const events = await withServer(stream(...chunks, 'data: [DONE]\n\n'), (url) =>
      collect(create(url).answer(question, never)),
    )
    expect(textOf(events)).toBe(text)
    expect(events.at(-1)).toEqual({ kind: 'verdict', verdict: 'answered' })
  })

  it.each<[string, (response: ServerResponse) => void, object]>([
    ['only thinking', stream(says('<think>没完'), says('', 'stop')), { details: { reason: 'blank' } }],
    ['only spaces', stream(says('  \n'), says(' ', 'stop')), { details: { reason: 'blank' } }],
    ['no reason to have finished', stream(says('您好，请')), { details: { reason: 'cut' } }],
    [
      'an error amid the stream',
      stream(says('您'), { error: { message: '四十二', type: 'server_error' } }),
      { details: { reason: 'cut' } },
    ],
    ['words without an end', stream(...Array(70).fill(says('慢'.repeat(1000)))), { details: { reason: 'endless' } }],
    ['a whole answer of no kind that is known', (response) => response.end('[]'), { details: { reason: 'cut' } }],
  ])('takes for no answer: %s', async (_name, answer, expected) => {
    const error = await withServer(answer, (url) => failureOf(create(url).answer(question, never)))
    expect(error).toMatchObject({ code: 'answer.unavailable', retryable: true, ...expected })
  })

  it.each([
    ['Content Exists Risk', 'answer.sensitive'],
    ['四十二 is not valid', 'answer.refused'],
    ['Model Not Exist', 'answer.account'],
  ])('tells the content filter and a retired model from a bad request: %s', async (message, code) => {
    const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: '四十二' } })
    const answer = (response: ServerResponse) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end(body)
    expect(await withServer(answer, (url) => failureOf(create(url).answer(question, never)))).toMatchObject({
      code,
      retryable: false,
    })
  })

  it('takes no count that is no count', async () => {
    const usage = {
      ...{ prompt_tokens: 1.5, completion_tokens: -3, prompt_cache_hit_tokens: 1e300 },
      prompt_tokens_details: { cached_tokens: 'many' },
    }
    const events = await withServer(stream(says('好', 'stop'), { choices: [], usage }, 'data: [DONE]\n\n'), (url) =>
      collect(create(url).answer(question, never)),
    )
    expect(events).toContainEqual({
      kind: 'usage',
      usage: { model: 'deepseek-flash', inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    })
  })

  it('reads a retry-after that is a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const answer = (response: ServerResponse) => response.writeHead(429, { 'retry-after': date }).end('{}')
    const error = await withServer(answer, (url) => failureOf(create(url).answer(question, never)))
    const { retryAfterMs } = (error as { details: { retryAfterMs: number } }).details
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('closes the connection when its reader stops', async () => {
    const closed = Promise.withResolvers<void>()
    const answer = (response: ServerResponse) => {
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(`data: ${JSON.stringify(says('您好'))}\n\n`)
      response.on('close', () => closed.resolve())
    }
    await withServer(answer, async (url) => {
      for await (const _event of create(url).answer(question, never)) break
      await closed.promise
    })
  })
})
