import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { VendorBehaviour } from '../../../support/stand-in-server.ts'
import { startStandInServer } from '../../../support/stand-in-server.ts'
import { ask, collect, failureOf, NAMES, type Name, never, REPLY, SECRET, startTrial, textOf } from './start-trial.ts'

const unavailable = (details: object) => ({ code: 'answer.unavailable', retryable: true, details })

describe.each(NAMES)('an answer of %s', (name: Name) => {
  it('is its text, its usage and one verdict, in this order', async () => {
    const trial = await startTrial(name)
    const events = await collect(trial.create().answer(ask('怎么退货'), never))
    expect(textOf(events)).toBe(REPLY)
    expect(events.at(-1)).toEqual({ kind: 'verdict', verdict: 'answered' })
    expect(events.filter(({ kind }) => kind === 'verdict')).toHaveLength(1)
    if (name !== 'fastgpt')
      expect(events.at(-2)).toMatchObject({ kind: 'usage', usage: { outputTokens: expect.any(Number) } })
    expect(trial.asked()).toBe(1)
  })

  it.each<[string, VendorBehaviour, object]>([
    ['401', { kind: 'status', status: 401 }, { code: 'answer.account', retryable: false, details: { status: 401 } }],
    ['402', { kind: 'status', status: 402 }, { code: 'answer.account', retryable: false, details: { status: 402 } }],
    ['403', { kind: 'status', status: 403 }, { code: 'answer.account', retryable: false }],
    ['404', { kind: 'status', status: 404 }, { code: 'answer.account', retryable: false }],
    ['422', { kind: 'status', status: 422 }, { code: 'answer.refused', retryable: false }],
    [
      '429 with retry-after',
      { kind: 'status', status: 429, retryAfterS: 7 },
      unavailable({ status: 429, retryAfterMs: 7000 }),
    ],
    ['500', { kind: 'status', status: 500 }, unavailable({ status: 500 })],
    ['503', { kind: 'status', status: 503, retryAfterS: 2 }, unavailable({ retryAfterMs: 2000 })],
    ['a page with 503', { kind: 'html', status: 503 }, unavailable({ status: 503 })],
    ['a page with 200', { kind: 'html', status: 200 }, { code: 'answer.unavailable', retryable: true }],
    ['a connection that ends amid the answer', { kind: 'cut' }, { code: 'answer.unavailable', retryable: true }],
    ['a blank answer', { kind: 'blank' }, unavailable({ reason: 'blank' })],
  ])('fails once, and says how, on %s', async (_what, behaviour, expected) => {
    const trial = await startTrial(name)
    trial.behave(behaviour)
    expect(await failureOf(trial.create().answer(ask(SECRET), never))).toMatchObject(expected)
    expect(trial.asked()).toBe(1)
  })

  it.each<VendorBehaviour>([{ kind: 'keep-alive' }, { kind: 'silence' }, { kind: 'drip', everyMs: 40 }])(
    'is given up at the deadline, however alive the connection is: $kind',
    async (behaviour) => {
      const trial = await startTrial(name)
      trial.behave(behaviour)
      const startedAt = performance.now()
      expect(await failureOf(trial.create({ deadlineMs: 200 }).answer(ask(SECRET), never))).toMatchObject(
        unavailable({ reason: 'deadline', deadlineMs: 200 }),
      )
      expect(performance.now() - startedAt).toBeLessThan(1400)
      await vi.waitFor(() => expect(trial.abandoned()).toBe(1))
    },
  )

  it.each<VendorBehaviour>([{ kind: 'silence' }, { kind: 'drip', everyMs: 40 }])(
    'ends when its caller gives up, and the connection with it: $kind',
    async (behaviour) => {
      const trial = await startTrial(name)
      trial.behave(behaviour)
      const giveUp = new AbortController()
      const failure = failureOf(trial.create({ deadlineMs: 30_000 }).answer(ask(SECRET), giveUp.signal))
      await vi.waitFor(() => expect(trial.asked()).toBe(1))
      giveUp.abort()
      expect(await failure).toMatchObject(unavailable({ reason: 'aborted' }))
      await vi.waitFor(() => expect(trial.abandoned()).toBe(1))
    },
  )

  it('names a wrong key', async () => {
    const trial = await startTrial(name)
    expect(await failureOf(trial.create({ apiKey: 'sk-KEY-other' }).answer(ask(SECRET), never))).toMatchObject({
      code: 'answer.account',
      details: { answerer: name, hint: expect.stringMatching(/key/) },
    })
  })

  it('names why nobody is there', async () => {
    const gone = await startStandInServer(() => undefined)
    await gone.close()
    const trial = await startTrial(name)
    expect(await failureOf(trial.create({ baseUrl: gone.origin }).answer(ask(SECRET), never))).toMatchObject(
      unavailable({ reason: 'network', cause: 'ECONNREFUSED' }),
    )
  })

  it('is not fetched from where a redirect leads, neither with the key nor with a word', async () => {
    const requests: string[] = []
    const elsewhere = await startStandInServer(({ headers }, response) => {
      requests.push(String(headers.authorization ?? headers['x-api-key']))
      response.end('{}')
    })
    const redirecting = await startStandInServer((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/v1/chat-messages` }).end()
    })
    onTestFinished(async () => {
      await elsewhere.close()
      await redirecting.close()
    })
    const trial = await startTrial(name)
    expect(await failureOf(trial.create({ baseUrl: redirecting.origin }).answer(ask(SECRET), never))).toBeInstanceOf(
      Error,
    )
    expect(requests).toEqual([])
  })
})
