import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type StandInModelOptions, startStandInModel } from '../../support/stand-in-model.ts'

const start = async (options?: StandInModelOptions) => {
  const model = await startStandInModel(options)
  onTestFinished(() => model.close())
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: model.baseUrl, maxRetries: 0, timeout: 5000 })
  const post = (body: unknown, authorization: string | undefined = 'Bearer sk-test') =>
    fetch(`${model.baseUrl}/chat/completions`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: authorization === '' ? {} : { authorization },
    })
  return { model, client, post }
}
const ask = (...texts: string[]) => ({
  model: 'deepseek-flash',
  messages: [
    { role: 'system' as const, content: '你是客服' },
    { role: 'user' as const, content: '旧问题' },
    { role: 'assistant' as const, content: '旧回答' },
    ...texts.map((content) => ({ role: 'user' as const, content })),
  ],
})

describe('the stand-in model', () => {
  it('says that it is one and repeats every message of the turn', async () => {
    const { model, client } = await start()
    const completion = await client.chat.completions.create(ask('运费多少？', '几天到？'))
    const text = completion.choices[0]?.message.content
    expect(text).toContain('替身模型')
    expect(text).toContain('运费多少？；几天到？')
    expect(text).not.toContain('旧问题')
    expect(completion.usage).toMatchObject({ prompt_cache_hit_tokens: expect.any(Number) })
    expect(model.requests).toHaveLength(1)
  })

  it('streams, with keep-alives before and usage at the end', async () => {
    const { client, post } = await start({ reply: () => '一二三四五六七八九十'.repeat(5) })
    const stream = await client.chat.completions.create({
      ...ask('你好'),
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage: unknown
    let chunks = 0
    for await (const chunk of stream) {
      chunks += 1
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe('一二三四五六七八九十'.repeat(5))
    expect(chunks).toBeGreaterThan(3)
    expect(usage).toMatchObject({ completion_tokens: 50 })
    expect(await (await post({ ...ask('你好'), stream: true })).text()).toMatch(/^: keep-alive\n\n/)
    expect(await (await post(ask('你好'))).text()).toMatch(/^\n+\{/)
  })

  it.each<[string, unknown, string, number, RegExp]>([
    ['no key', ask('你好'), '', 401, /authentication_error/],
    ['another key', ask('你好'), 'Bearer sk-other', 401, /authentication_error/],
    ['what is not JSON', '{', 'Bearer sk-test', 400, /invalid_request_error/],
    ['an unknown model', { ...ask('你好'), model: 'deepseek-chat' }, 'Bearer sk-test', 400, /Model Not Exist/],
    ['no messages', { ...ask(), messages: [] }, 'Bearer sk-test', 400, /Empty input messages/],
    ['no model', { messages: ask('你好').messages }, 'Bearer sk-test', 422, /model/],
    ['an unknown role', { ...ask(), messages: [{ role: 'bot', content: 'x' }] }, 'Bearer sk-test', 422, /role/],
    ['a temperature of 3', { ...ask('你好'), temperature: 3 }, 'Bearer sk-test', 422, /temperature/],
    ['a user_id with a space', { ...ask('你好'), user_id: 'a b' }, 'Bearer sk-test', 422, /user_id/],
  ])('refuses %s', async (_name, body, authorization, status, text) => {
    const { model, post } = await start({ apiKey: 'sk-test' })
    const response = await post(body, authorization)
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(text)])
    expect(model.requests).toEqual([])
  })

  it('fails as it is told and is well again', async () => {
    const { model, post } = await start()
    model.behave({ kind: 'status', status: 429, retryAfterS: 7 }, 1)
    const busy = await post(ask('你好'))
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7'])
    expect((await post(ask('你好'))).status).toBe(200)
    model.behave({ kind: 'blank' }, 1)
    expect(await (await post(ask('你好'))).json()).toMatchObject({ choices: [{ message: { content: '' } }] })
    model.behave({ kind: 'finish', reason: 'length' }, 1)
    expect(await (await post(ask('你好'))).json()).toMatchObject({ choices: [{ finish_reason: 'length' }] })
    model.behave({ kind: 'html', status: 502 }, 1)
    expect(await (await post(ask('你好'))).text()).toMatch(/^<html>/)
  })

  it('cuts a stream amid the answer', async () => {
    const { model, client } = await start()
    model.behave({ kind: 'cut' })
    const stream = await client.chat.completions.create({ ...ask('你好'), stream: true })
    let text = ''
    const read = async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    }
    await expect(read()).rejects.toThrow()
    expect(text.length).toBeGreaterThan(0)
  })

  it.each(['keep-alive', 'silence'] as const)('%s lasts until the caller gives up', async (kind) => {
    const { model, client } = await start()
    model.behave({ kind })
    const signal = AbortSignal.timeout(300)
    let chunks = 0
    const read = async () => {
      const stream = await client.chat.completions.create({ ...ask('你好'), stream: true }, { signal })
      for await (const _chunk of stream) chunks += 1
      // The client ends quietly when it is aborted amid a stream.
      signal.throwIfAborted()
    }
    await expect(read()).rejects.toThrow()
    expect(chunks).toBe(0)
  })
})
