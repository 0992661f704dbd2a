import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createLanggraphAnswerer } from '../../../../bridge/answer/langgraph.ts'
import { type GraphSpeech, startStandInLanggraph } from '../../../support/stand-in-langgraph.ts'
import { API_KEY, ask, collect, failureOf, never, rememberConversations, SECRET, textOf } from './start-trial.ts'

async function start(speech: GraphSpeech = 'plain', reply = (told: string) => `答：${told.split('\n').at(-1)}`) {
  const stand = await startStandInLanggraph({ apiKey: API_KEY, reply })
  stand.speech = speech
  onTestFinished(stand.close)
  const conversations = rememberConversations()
  const create = (over: { deadlineMs?: number; assistantId?: string; apiKey?: string } = {}) =>
    createLanggraphAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, assistantId: 'agent', conversations, ...over })
  return { stand, conversations, create, answerer: create() }
}

const humans = (thread: readonly { type: string; content: unknown }[] = []) =>
  thread.filter(({ type }) => type === 'human').map(({ content }) => content)

describe('createLanggraphAnswerer', () => {
  it.each<[GraphSpeech]>([['plain'], ['tools'], ['blocks']])(
    'says the last word of an agent that speaks %s',
    async (speech) => {
      const { answerer } = await start(speech)
      const events = await collect(answerer.answer(ask('在吗'), never))
      expect(events).toEqual([
        { kind: 'text', text: '答：在吗' },
        {
          kind: 'usage',
          usage: { model: 'agent-model', inputTokens: 20, cachedInputTokens: 16, outputTokens: 7 },
        },
        { kind: 'verdict', verdict: 'answered' },
      ])
    },
  )

  it('keeps a thread per customer, and tells only what is new', async () => {
    const { stand, answerer } = await start()
    const turns = [{ role: 'customer' as const, text: '鞋子多大', seq: 1 }]
    await collect(answerer.answer(ask('', { turns }), never))
    const more = [
      ...turns,
      { role: 'assistant' as const, text: '答：鞋子多大', seq: 1 },
      { role: 'customer' as const, text: '那要 42', seq: 2 },
    ]
    await collect(answerer.answer(ask('', { turns: more }), never))
    await collect(answerer.answer(ask('别人', { conversationKey: 'other' }), never))
    expect([...stand.threads.values()].map(humans)).toEqual([['鞋子多大', '那要 42'], ['别人']])
    expect(stand.runs[0]).toMatchObject({
      assistant_id: 'agent',
      multitask_strategy: 'rollback',
      on_disconnect: 'cancel',
    })
  })

  it.each(['python', 'javascript'] as const)(
    'begins a new thread, once and with the history, when the old one is lost: %s',
    async (flavour) => {
      const { stand, answerer } = await start()
      stand.flavour = flavour
      const turns = [{ role: 'customer' as const, text: '鞋子多大', seq: 1 }]
      await collect(answerer.answer(ask('', { turns }), never))
      stand.loseThreads()
      const more = [
        ...turns,
        { role: 'assistant' as const, text: '42 码', seq: 1 },
        { role: 'customer' as const, text: '还有吗', seq: 2 },
      ]
      expect(textOf(await collect(answerer.answer(ask('', { turns: more }), never)))).toBe('答：还有吗')
      expect([...stand.threads.values()].map(humans)).toEqual([[expect.stringMatching(/客户：鞋子多大\n客服：42 码/)]])
    },
  )

  it.each<GraphSpeech>(['interrupted', 'interrupted-late'])(
    'hands over an agent that is %s, and begins anew after that',
    async (speech) => {
      const { stand, answerer, conversations } = await start(speech)
      const events = await collect(answerer.answer(ask('退款'), never))
      expect(events).toEqual([{ kind: 'verdict', verdict: 'hand_over' }])
      expect(conversations.rows.size).toBe(0)
      stand.speech = 'plain'
      await collect(answerer.answer(ask('在吗'), never))
      expect(stand.threads.size).toBe(2)
    },
  )

  it.each<[GraphSpeech, object]>([
    ['stuck', { code: 'answer.unavailable', details: { reason: 'blank' } }],
    ['other', { code: 'answer.refused', details: { reason: expect.stringMatching(/no messages/) } }],
  ])('has no answer of a graph that is %s', async (speech, expected) => {
    const { answerer } = await start(speech)
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject(expected)
  })

  it.each<[string, object]>([
    ['unauthorized', { code: 'answer.account', details: { status: 401 } }],
    ['forbidden', { code: 'answer.account', details: { status: 403 } }],
    ['thread', { code: 'answer.account', details: { hint: expect.stringMatching(/LANGGRAPH_ASSISTANT_ID/) } }],
    ['running', { code: 'answer.unavailable', details: { status: 422 } }],
    ['busy', { code: 'answer.unavailable', details: { status: 409 } }],
    ['assistant', { code: 'answer.account', details: { hint: expect.stringMatching(/LANGGRAPH_ASSISTANT_ID/) } }],
    ['internal', { code: 'answer.unavailable', details: { status: 500 } }],
  ])('knows the refusal %s', async (name, expected) => {
    const { stand, answerer } = await start()
    stand.behave({ kind: 'refusal', name })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject(expected)
  })

  it.each(['internal', 'thread'])('keeps a thread that is there, whatever the refusal says: %s', async (name) => {
    const { stand, answerer } = await start()
    await collect(answerer.answer(ask('在吗'), never))
    stand.behave({ kind: 'refusal', name }, 1)
    await failureOf(answerer.answer(ask(SECRET), never))
    await collect(answerer.answer(ask('还在吗', { turns: [{ role: 'customer', text: '还在吗', seq: 2 }] }), never))
    expect([...stand.threads.values()].map(humans)).toEqual([['在吗', '还在吗']])
  })

  it('says so when there is no such agent', async () => {
    const { create } = await start()
    expect(await failureOf(create({ assistantId: 'nobody' }).answer(ask(SECRET), never))).toMatchObject({
      code: 'answer.account',
      details: { hint: expect.stringMatching(/LANGGRAPH_ASSISTANT_ID/) },
    })
  })

  it('asks again in the same thread after a failure, and the question is there once', async () => {
    const { stand, answerer } = await start()
    for (const behaviour of [{ kind: 'stream-refusal', name: '' }, { kind: 'short' }] as const) {
      stand.behave(behaviour, 1)
      expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({ code: 'answer.unavailable' })
    }
    await collect(answerer.answer(ask('在吗'), never))
    expect(stand.threads.size).toBe(1)
    expect([...stand.threads.values()].map(humans)).toEqual([['在吗']])
  })

  it('asks as anew what was answered to the end and is asked again', async () => {
    const { stand, answerer } = await start()
    await collect(answerer.answer(ask('在吗'), never))
    expect(textOf(await collect(answerer.answer(ask('在吗'), never)))).toBe('答：在吗')
    expect([...stand.threads.values()].map((thread) => thread.map(({ type }) => type))).toEqual([
      ['human', 'ai', 'human', 'ai'],
    ])
  })

  it.each(['deadline', 'abort', 'cut'])('rolls a run back after: %s', async (why) => {
    const { stand, create } = await start()
    stand.behave(why === 'cut' ? { kind: 'cut' } : { kind: 'drip', everyMs: 20 })
    const giveUp = new AbortController()
    const failure = failureOf(
      create({ deadlineMs: why === 'deadline' ? 250 : 30_000 }).answer(ask(SECRET), giveUp.signal),
    )
    await vi.waitFor(() => expect(stand.runs).toHaveLength(1))
    if (why === 'abort') setTimeout(() => giveUp.abort(), 60)
    expect(await failure).toMatchObject({ code: 'answer.unavailable' })
    await vi.waitFor(() => expect(stand.cancelled).toEqual(['rollback']))
    expect([...stand.threads.values()].map(humans)).toEqual([[]])
    // The stream is not joined again behind our back.
    expect(stand.runs).toHaveLength(1)
  })

  it('takes no key from the environment', async () => {
    vi.stubEnv('LANGSMITH_API_KEY', API_KEY)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { stand, conversations } = await start()
    const answerer = createLanggraphAnswerer({ baseUrl: stand.baseUrl, assistantId: 'agent', conversations })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({ details: { status: 401 } })
  })

  it('closes the connection of a run that has failed', async () => {
    const { stand, answerer } = await start()
    stand.behave({ kind: 'stream-refusal', name: '' })
    await failureOf(answerer.answer(ask(SECRET), never))
    await vi.waitFor(() => expect(stand.abandoned()).toBe(1))
  })

  it('lets nobody wait for others whose runs are slow to begin', async () => {
    const { stand, answerer } = await start()
    stand.behave({ kind: 'silence' }, 20)
    const giveUp = new AbortController()
    const slow = Array.from({ length: 20 }, (_, index) =>
      failureOf(answerer.answer(ask(SECRET, { conversationKey: `k${index}` }), giveUp.signal)),
    )
    await vi.waitFor(() => expect(stand.runs).toHaveLength(20))
    expect(textOf(await collect(answerer.answer(ask('在吗'), never)))).toBe('答：在吗')
    giveUp.abort()
    await Promise.all(slow)
  })
})
