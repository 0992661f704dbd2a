import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createDifyAnswerer } from '../../../../bridge/answer/dify.ts'
import { toVendorName } from '../../../../bridge/answer/vendor-conversations.ts'
import { type DifySpeech, startStandInDify } from '../../../support/stand-in-dify.ts'
import { sendJson, startStandInServer } from '../../../support/stand-in-server.ts'
import { API_KEY, ask, collect, failureOf, never, rememberConversations, SECRET, textOf } from './start-trial.ts'

async function start(speech: DifySpeech = 'plain') {
  const stand = await startStandInDify({ apiKey: API_KEY, reply: (query) => `答：${query.split('\n').at(-1)}` })
  stand.speech = speech
  onTestFinished(stand.close)
  const conversations = rememberConversations()
  const create = (deadlineMs = 5000) =>
    createDifyAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, conversations, deadlineMs })
  return { stand, conversations, create, answerer: create() }
}

describe('createDifyAnswerer', () => {
  it('asks as the documents want it', async () => {
    const { stand, answerer } = await start()
    await collect(answerer.answer(ask('怎么退货', { persona: '耐心的店员' }), never))
    expect(stand.requests).toEqual([
      {
        inputs: { persona: '耐心的店员' },
        query: '怎么退货',
        user: 'abc_123',
        conversation_id: '',
        response_mode: 'streaming',
        auto_generate_name: false,
      },
    ])
  })

  it.each(['', '/', '/v1', '/v1/'])('takes an address that ends in "%s"', async (end) => {
    const { stand, conversations } = await start()
    const baseUrl = stand.baseUrl.replace(/\/v1$/, end)
    const answerer = createDifyAnswerer({ apiKey: API_KEY, baseUrl, conversations })
    expect(textOf(await collect(answerer.answer(ask('在吗'), never)))).toBe('答：在吗')
  })

  it('goes on in the conversation of the same customer, and tells only what is new', async () => {
    const { stand, answerer } = await start()
    const first = ask('鞋子多大', { turns: [{ role: 'customer', text: '鞋子多大', seq: 1 }] })
    await collect(answerer.answer(first, never))
    const turns = [
      ...first.turns,
      { role: 'assistant' as const, text: '答：鞋子多大', seq: 1 },
      { role: 'servicer' as const, text: '我是小王，有 42 码', seq: 2 },
      { role: 'customer' as const, text: '那要 42', seq: 3 },
    ]
    await collect(answerer.answer(ask('', { turns }), never))
    const [id] = [...stand.conversations.keys()]
    expect(stand.conversations.size).toBe(1)
    expect(stand.requests[1]?.conversation_id).toBe(id)
    const query = String(stand.requests[1]?.query)
    expect(query).toMatch(/人工客服：我是小王，有 42 码/)
    expect(query).toMatch(/那要 42$/)
    expect(query).not.toContain('鞋子多大')
  })

  it('never mixes two customers', async () => {
    const { stand, answerer } = await start()
    await collect(answerer.answer(ask('甲的秘密', { conversationKey: 'a' }), never))
    await collect(answerer.answer(ask('乙', { conversationKey: 'b' }), never))
    await collect(answerer.answer(ask('乙再问', { conversationKey: 'b' }), never))
    expect([...stand.conversations.values()].map(({ user, queries }) => [user, queries.length])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
  })

  it('begins anew, once and with the history, when the conversation is lost', async () => {
    const { stand, answerer } = await start()
    const turns = [{ role: 'customer' as const, text: '鞋子多大', seq: 1 }]
    await collect(answerer.answer(ask('', { turns }), never))
    stand.loseConversations()
    const more = [
      ...turns,
      { role: 'assistant' as const, text: '42 码', seq: 1 },
      { role: 'customer' as const, text: '还有吗', seq: 2 },
    ]
    expect(textOf(await collect(answerer.answer(ask('', { turns: more }), never)))).toBe('答：还有吗')
    expect(stand.requests).toHaveLength(3)
    expect(stand.requests.at(-1)).toMatchObject({
      conversation_id: '',
      query: expect.stringMatching(/客户：鞋子多大\n客服：42 码/),
    })
    const [id] = [...stand.conversations.keys()]
    await collect(answerer.answer(ask('', { turns: [...more, { role: 'customer', text: '好', seq: 3 }] }), never))
    expect(stand.requests.at(-1)?.conversation_id).toBe(id)
  })

  it('gives up on a conversation that is said to be lost at once again', async () => {
    const { stand, answerer } = await start()
    await collect(answerer.answer(ask('在吗'), never))
    stand.behave({ kind: 'refusal', name: 'conversation_completed' })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({
      code: 'answer.refused',
      retryable: false,
    })
    expect(stand.requests).toHaveLength(3)
  })

  it('does not ask for a lost conversation again after a failure', async () => {
    const asked: unknown[] = []
    const server = await startStandInServer(({ body }, response) => {
      asked.push((body as { conversation_id?: unknown }).conversation_id)
      const [status, code] = asked.length % 2 === 1 ? [404, 'not_found'] : [500, 'internal_server_error']
      sendJson(response, status, { status, code, message: 'no' })
    })
    onTestFinished(server.close)
    const conversations = rememberConversations()
    const answerer = createDifyAnswerer({ apiKey: API_KEY, baseUrl: server.origin, conversations })
    await conversations.save('abc_123', toVendorName('dify', `${server.origin}/v1`, API_KEY), {
      id: 'lost',
      seenSeq: 1,
    })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({ code: 'answer.unavailable' })
    await failureOf(answerer.answer(ask(SECRET), never))
    expect(asked).toEqual(['lost', '', ''])
  })

  it('keeps no id that is none', async () => {
    const server = await startStandInServer((_request, response) => {
      const event = { event: 'message', conversation_id: 'x/../y', task_id: 't', answer: '好' }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`data: ${JSON.stringify(event)}\n\ndata: ${JSON.stringify({ ...event, event: 'message_end' })}\n\n`)
    })
    onTestFinished(server.close)
    const conversations = rememberConversations()
    const answerer = createDifyAnswerer({ apiKey: API_KEY, baseUrl: server.origin, conversations })
    expect(textOf(await collect(answerer.answer(ask('在吗'), never)))).toBe('好')
    expect(conversations.rows.size).toBe(0)
  })

  it.each<[DifySpeech, string]>([
    ['agent', '答：在吗'],
    ['thinking', '答：在吗'],
    ['moderated', '抱歉，这个问题不便回答。'],
  ])('says of an app that speaks %s only what is meant to be said', async (speech, text) => {
    const { answerer } = await start(speech)
    const events = await collect(answerer.answer(ask('在吗'), never))
    expect(textOf(events)).toBe(text)
    expect(events.filter(({ kind }) => kind === 'text')).toHaveLength(1)
  })

  it('hands over when the workflow waits for a person, and begins anew after that', async () => {
    const { stand, answerer, conversations } = await start('paused')
    expect((await collect(answerer.answer(ask('在吗'), never))).at(-1)).toEqual({
      kind: 'verdict',
      verdict: 'hand_over',
    })
    expect(conversations.rows.size).toBe(0)
    stand.speech = 'plain'
    await collect(answerer.answer(ask('在吗'), never))
    expect(stand.requests.at(-1)?.conversation_id).toBe('')
  })

  const rows: [string, object][] = [
    ['invalid_param', { code: 'answer.refused', details: { code: 'invalid_param' } }],
    ['app_unavailable', { code: 'answer.account', details: { hint: expect.stringMatching(/published/) } }],
    ['not_chat_app', { code: 'answer.account', details: { hint: expect.stringMatching(/no chat/) } }],
    ['provider_not_initialize', { code: 'answer.account' }],
    ['provider_quota_exceeded', { code: 'answer.account', details: { hint: expect.stringMatching(/quota/) } }],
    ['model_currently_not_support', { code: 'answer.account' }],
    ['completion_request_error', { code: 'answer.unavailable', retryable: true }],
    ['sensitive', { code: 'answer.sensitive' }],
    ['unauthorized', { code: 'answer.account', details: { status: 401 } }],
    ['not_found', { code: 'answer.account', details: { status: 404 } }],
    ['too_large', { code: 'answer.refused', details: { status: 413 } }],
    ['unsupported', { code: 'answer.refused', details: { status: 415 } }],
    ['too_many', { code: 'answer.unavailable', details: { status: 429 } }],
    ['internal', { code: 'answer.unavailable', details: { status: 500 } }],
  ]
  it.each(rows)('knows the refusal %s, before the stream and amid it', async (name, expected) => {
    const { stand, answerer } = await start()
    for (const kind of ['refusal', 'stream-refusal'] as const) {
      stand.behave({ kind, name })
      expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject(expected)
    }
    expect(stand.requests).toHaveLength(2)
  })

  it('takes a stream for cut that ends without saying so', async () => {
    const { stand, answerer } = await start()
    stand.behave({ kind: 'short' })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({ details: { reason: 'cut' } })
  })

  it.each(['deadline', 'abort', 'cut'])('has Dify stop writing after: %s', async (why) => {
    const { stand, create } = await start()
    stand.behave(why === 'cut' ? { kind: 'cut' } : { kind: 'drip', everyMs: 20 })
    const giveUp = new AbortController()
    const failure = failureOf(create(why === 'deadline' ? 200 : 30_000).answer(ask(SECRET), giveUp.signal))
    await vi.waitFor(() => expect(stand.requests).toHaveLength(1))
    if (why === 'abort') setTimeout(() => giveUp.abort(), 60)
    await failure
    await vi.waitFor(() => expect(stand.stopped).toHaveLength(1))
  })

  it('does not stop what has ended', async () => {
    const { stand, answerer } = await start()
    await collect(answerer.answer(ask('在吗'), never))
    stand.behave({ kind: 'stream-refusal', name: 'internal' }, 1)
    await failureOf(answerer.answer(ask(SECRET), never))
    await collect(answerer.answer(ask('在吗'), never))
    expect(stand.stopped).toEqual([])
  })
})
