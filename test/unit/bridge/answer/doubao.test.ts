import { describe, expect, it, onTestFinished } from 'vitest'
import { createDeepseekAnswerer } from '../../../../bridge/answer/deepseek.ts'
import { createDoubaoAnswerer } from '../../../../bridge/answer/doubao.ts'
import { createOpenaiAnswerer } from '../../../../bridge/answer/openai.ts'
import { type ModelDialect, startStandInModel } from '../../../support/stand-in-model.ts'
import { API_KEY, ask, collect, failureOf, never, SECRET, textOf } from './start-trial.ts'

const picture = `data:image/jpeg;base64,${Buffer.from('picture').toString('base64')}`

async function start(dialect: ModelDialect = 'ark') {
  const stand = await startStandInModel({ apiKey: API_KEY, dialect, reply: () => '好的' })
  onTestFinished(stand.close)
  return stand
}

describe('createDoubaoAnswerer', () => {
  it('asks without thinking, and by an endpoint as well as by a dated id', async () => {
    const stand = await start()
    for (const model of ['doubao-seed-2-1-lite-260915', 'ep-20260915-abcde']) {
      const answerer = createDoubaoAnswerer({ apiKey: API_KEY, baseUrl: `${stand.baseUrl}/api/v3`, model })
      expect(textOf(await collect(answerer.answer(ask('怎么退货'), never)))).toBe('好的')
    }
    expect(stand.requests[0]).toMatchObject({ thinking: { type: 'disabled' }, stream: true })
    expect(stand.requests[0]).not.toHaveProperty('user_id')
  })

  it('says what to do about a short name', async () => {
    const stand = await start()
    const answerer = createDoubaoAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'doubao-seed-2-1-lite' })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({
      code: 'answer.account',
      details: { code: 'InvalidEndpointOrModel.NotFound', hint: expect.stringMatching(/full dated id/) },
    })
  })

  it.each<[number, string, string, RegExp]>([
    [400, 'SensitiveContentDetected', 'answer.sensitive', /filter/],
    [400, 'SensitiveContentDetected.SevereViolation', 'answer.sensitive', /filter/],
    [400, 'InputTextSensitiveContentDetected', 'answer.sensitive', /filter/],
    [400, 'InputImageSensitiveContentDetected', 'answer.sensitive', /filter/],
    [400, 'OutputTextSensitiveContentDetected', 'answer.sensitive', /filter/],
    [400, 'MissingParameter', 'answer.refused', /400/],
    [400, 'InvalidParameter', 'answer.refused', /400/],
    [400, 'InvalidParameter.OversizedImage', 'answer.refused', /400/],
    [400, 'InvalidEndpoint.ClosedEndpoint', 'answer.account', /endpoint/],
    [401, 'AuthenticationError', 'answer.account', /key/],
    [403, 'AccountOverdueError', 'answer.account', /balance/],
    [403, 'AccessDenied', 'answer.account', /may not/],
    [403, 'OperationDenied.ServiceNotOpen', 'answer.account', /open this model/],
    [403, 'OperationDenied.ModelIDAccessDisabled', 'answer.account', /open this model/],
    [404, 'InvalidEndpointOrModel.NotFound', 'answer.account', /dated id/],
    [404, 'ModelNotOpen', 'answer.account', /open this model/],
    [429, 'RateLimitExceeded.EndpointRPMExceeded', 'answer.unavailable', /status/],
    [429, 'RateLimitExceeded.EndpointTPMExceeded', 'answer.unavailable', /status/],
    [429, 'ServerOverloaded', 'answer.unavailable', /status/],
    [500, 'InternalServiceError', 'answer.unavailable', /status/],
    [503, 'ServiceUnavailable', 'answer.unavailable', /status/],
    // Of other servers of the protocol.
    [429, 'insufficient_quota', 'answer.account', /balance/],
    [400, 'Arrearage', 'answer.account', /balance/],
    [400, 'data_inspection_failed', 'answer.sensitive', /filter/],
    [400, 'content_filter', 'answer.sensitive', /filter/],
    [401, 'invalid_api_key', 'answer.account', /key/],
  ])('knows %s %s for %s', async (status, code, expected, message) => {
    const stand = await start()
    stand.behave({ kind: 'status', status, code })
    const answerer = createDoubaoAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'ep-20260915-abcde' })
    expect(await failureOf(answerer.answer(ask(SECRET), never))).toMatchObject({
      code: expected,
      retryable: expected === 'answer.unavailable',
      message: expect.stringMatching(message),
      details: { code },
    })
    expect(stand.requests).toHaveLength(1)
  })

  it('lets nothing out of an answer in which the filter found something', async () => {
    const stand = await start()
    stand.behave({ kind: 'moderated' })
    const answerer = createDoubaoAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'ep-20260915-abcde' })
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of answerer.answer(ask(SECRET), never)) if (event.kind === 'text') seen.push(event.text)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'answer.sensitive' })
    expect(seen).toEqual([])
  })
})

describe('createOpenaiAnswerer', () => {
  it.each([
    {
      what: 'thinks behind a tag that its template opened',
      thought: `${'嗯。'.repeat(200)}</think>`,
      isStreamed: false,
    },
    { what: 'does not think aloud', thought: '', isStreamed: true },
  ])('reads the first answer whole, and streams the next when the model $what', async ({ thought, isStreamed }) => {
    const seen = '七天内可以退货。'.repeat(60)
    const stand = await startStandInModel({ apiKey: API_KEY, dialect: 'openai', reply: () => thought + seen })
    onTestFinished(stand.close)
    const answerer = createOpenaiAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'gpt-stand-in' })
    const [first, second] = [
      await collect(answerer.answer(ask('怎么退货'), never)),
      await collect(answerer.answer(ask('怎么退货'), never)),
    ]
    for (const events of [first, second]) expect(textOf(events)).toBe(seen)
    expect(first.filter(({ kind }) => kind === 'text')).toHaveLength(1)
    expect(second.filter(({ kind }) => kind === 'text').length > 1).toBe(isStreamed)
  })

  it('searches for no thought, and remembers none', async () => {
    const stand = await startStandInModel({
      apiKey: API_KEY,
      dialect: 'openai',
      reply: () => '嗯。\n</think>如何退货？',
    })
    onTestFinished(stand.close)
    const answerer = createOpenaiAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'gpt-stand-in' })
    const turns = [{ role: 'customer' as const, text: '退' }]
    expect(await answerer.rewrite?.(turns, never)).toEqual(['如何退货？'])
    expect(await answerer.summarize?.('', turns, 100, never)).toBe('如何退货？')
  })

  it('counts what only thinking has cost', async () => {
    const stand = await startStandInModel({ apiKey: API_KEY, dialect: 'openai', reply: () => '嗯</think>' })
    onTestFinished(stand.close)
    const answerer = createOpenaiAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'gpt-stand-in' })
    const kinds: string[] = []
    const reading = (async () => {
      for await (const { kind } of answerer.answer(ask('怎么退货'), never)) kinds.push(kind)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'answer.unavailable', details: { reason: 'blank' } })
    expect(kinds).toEqual(['usage'])
  })
})

describe('pictures', () => {
  const creators = {
    deepseek: (baseUrl: string) => createDeepseekAnswerer({ apiKey: API_KEY, baseUrl, model: 'deepseek-flash' }),
    ark: (baseUrl: string) => createDoubaoAnswerer({ apiKey: API_KEY, baseUrl, model: 'ep-20260915-abcde' }),
    openai: (baseUrl: string) => createOpenaiAnswerer({ apiKey: API_KEY, baseUrl, model: 'gpt-stand-in' }),
  }

  it.each(['deepseek', 'ark', 'openai'] as const)('go after the last words, to %s', async (dialect) => {
    const stand = await start(dialect)
    const answerer = creators[dialect](stand.baseUrl)
    expect(answerer.sees).toBe(true)
    const images = [
      picture,
      'https://example.com/x.jpg',
      'data:text/html;base64,AAAA',
      'data:image/svg+xml;base64,AAAA',
    ]
    await collect(answerer.answer(ask('这是什么', { images }), never))
    expect(stand.requests[0]?.messages.at(-1)).toEqual({
      role: 'user',
      content: [
        { type: 'text', text: '这是什么' },
        { type: 'image_url', image_url: { url: picture } },
      ],
    })
  })

  it('are left out for a model that is known to see nothing', async () => {
    const stand = await start('deepseek')
    const answerer = createDeepseekAnswerer({ apiKey: API_KEY, baseUrl: stand.baseUrl, model: 'deepseek-v4-pro' })
    expect(answerer.sees).toBe(false)
    expect(textOf(await collect(answerer.answer(ask('这是什么', { images: [picture] }), never)))).toBe('好的')
    expect(stand.requests[0]?.messages.at(-1)?.content).toBe('这是什么')
  })

  it('are left out when the vendor refuses them', async () => {
    const stand = await start('openai')
    stand.behave({ kind: 'status', status: 400, message: 'this model does not support image input' }, 1)
    const answerer = creators.openai(stand.baseUrl)
    expect(textOf(await collect(answerer.answer(ask('这是什么', { images: [picture] }), never)))).toBe('好的')
    expect(stand.requests).toHaveLength(2)
    expect(stand.requests[1]?.messages.at(-1)?.content).toBe('这是什么')
  })

  it('are kept from the newest on, as many as there is room for', async () => {
    const stand = await start('openai')
    const images = Array.from({ length: 9 }, (_, index) => `data:image/png;base64,${'A'.repeat(4 * (index + 1))}`)
    const large = `data:image/png;base64,${'A'.repeat(13_000_000)}`
    await collect(creators.openai(stand.baseUrl).answer(ask('看图', { images: [...images, large] }), never))
    const content = stand.requests[0]?.messages.at(-1)?.content as { image_url?: { url: string } }[]
    expect(content.slice(1).map((part) => part.image_url?.url)).toEqual(images.slice(3))
  })
})
