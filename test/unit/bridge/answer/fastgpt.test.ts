import { describe, expect, it, onTestFinished } from 'vitest'
import { createFastgptAnswerer } from '../../../../bridge/answer/fastgpt.ts'
import { startStandInFastgpt } from '../../../support/stand-in-fastgpt.ts'
import { API_KEY, ask, collect, failureOf, never, rememberConversations, SECRET, textOf } from './start-trial.ts'

async function start(reply?: (told: string) => string) {
  const stand = await startStandInFastgpt({ apiKey: API_KEY, ...(reply && { reply }) })
  onTestFinished(stand.close)
  const conversations = rememberConversations()
  const answerer = createFastgptAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, conversations })
  return { stand, conversations, answerer }
}

describe('createFastgptAnswerer', () => {
  it('tells the last message alone, in a chat of the customer, and asks for no details', async () => {
    const { stand, answerer } = await start()
    const turns = [
      { role: 'customer' as const, text: '在吗', seq: 1 },
      { role: 'assistant' as const, text: '在的', seq: 1 },
      { role: 'customer' as const, text: '怎么退货', seq: 2 },
    ]
    await collect(answerer.answer(ask('', { turns, persona: '店员' }), never))
    const more = [
      ...turns,
      { role: 'assistant' as const, text: '这样', seq: 2 },
      { role: 'customer' as const, text: '好', seq: 3 },
    ]
    await collect(answerer.answer(ask('', { turns: more }), never))
    expect(stand.requests[0]).toMatchObject({
      chatId: expect.stringMatching(/^abc_123-[0-9a-f]{8}$/),
      detail: false,
      stream: true,
      variables: { persona: '店员' },
    })
    expect(stand.requests[1]?.chatId).toBe(stand.requests[0]?.chatId)
    expect([...stand.chats.values()]).toEqual([[expect.stringMatching(/客户：在吗\n客服：在的[\s\S]*怎么退货$/), '好']])
  })

  it.each(['', '/', '/api', '/api/', '/api/v1'])('takes an address that ends in "%s"', async (end) => {
    const { stand, conversations } = await start()
    const baseUrl = stand.baseUrl.replace(/\/api$/, end)
    const answerer = createFastgptAnswerer({ apiKey: API_KEY, baseUrl, conversations })
    expect(textOf(await collect(answerer.answer(ask('在吗'), never)))).toBe('答：在吗')
  })

  it('gives each customer a chat, and begins another one after a failure of the first', async () => {
    const { stand, answerer } = await start()
    stand.behave({ kind: 'cut' }, 1)
    await failureOf(answerer.answer(ask(SECRET), never))
    await collect(answerer.answer(ask('在吗'), never))
    await collect(answerer.answer(ask('你好', { conversationKey: 'other' }), never))
    expect([...stand.chats.values()]).toEqual([[SECRET], ['在吗'], ['你好']])
    expect([...stand.chats.keys()].filter((id) => id.startsWith('other-'))).toHaveLength(1)
  })

  it('keeps thinking to itself', async () => {
    const { answerer } = await start(() => '<think>内部想法</think>好的')
    expect(textOf(await collect(answerer.answer(ask('在吗'), never)))).toBe('好的')
  })

  const rows: [string, object][] = [
    ['unAuthorization', { code: 'answer.account', details: { code: 403, hint: expect.stringMatching(/app itself/) } }],
    ['insufficientQuota', { code: 'answer.account', details: { code: 510, hint: expect.stringMatching(/balance/) } }],
    ['unAuthModel', { code: 'answer.account', details: { code: 511 } }],
    ['unAuthApiKey', { code: 'answer.account', details: { code: 514, hint: expect.stringMatching(/key/) } }],
    ['aiPointsNotEnough', { code: 'answer.account', details: { hint: expect.stringMatching(/points/) } }],
    ['appUnExist', { code: 'answer.account', details: { hint: expect.stringMatching(/no such app/) } }],
    ['openapi', { code: 'answer.account', details: { code: 514_001 } }],
    ['params', { code: 'answer.refused', retryable: false }],
    ['sensitive', { code: 'answer.sensitive', retryable: false }],
    ['model', { code: 'answer.unavailable', retryable: true }],
  ]
  it.each(rows)('judges the refusal %s by its code, with status 500 and amid the stream', async (name, expected) => {
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
})
