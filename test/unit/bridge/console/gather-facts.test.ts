import { describe, expect, it } from 'vitest'
import { PLATFORM_TODO } from '../../../../bridge/cli/platform-todo.ts'
import { createGatherFacts, type GatherFactsDeps } from '../../../../bridge/console/alerts/gather-facts.ts'
import { describeErrcode } from '../../../../bridge/wecom/error-table.ts'
import { describeFailType } from '../../../../bridge/wecom/fail-type-table.ts'
import { AppError } from '../../../../shared/app-error.ts'

/** Three in the morning of a Sunday in Beijing. */
const NOW = Date.parse('2026-11-22T03:00:00+08:00')
const HEALTHY = { ok: true, bridge: { connected: true, lastSeen: null }, pending: 2, oldestWaitingSeconds: 7 }

const ROW = {
  ...{ day: '2026-11-22', model: 'flash', calls: 2, unpriced: 0, costMicros: 0 },
  ...{ inputTokens: 1, cachedTokens: 0, outputTokens: 1, soundMs: 0 },
}

function gather(
  over: Partial<GatherFactsDeps> = {},
  edge: () => Response | Promise<Response> = () => Response.json(HEALTHY),
) {
  const asked = { edge: [] as string[] }
  const facts = createGatherFacts({
    health: {
      answerFaults: async () => [],
      platformFaults: async () => [],
      undelivered: async () => [],
      answeredSince: async () => undefined,
    },
    spend: async () => [
      { ...ROW, openKfId: 'wk1', purpose: 'answer', costMicros: 5 },
      { ...ROW, openKfId: 'wk1', purpose: 'rewrite', model: 'mystery', unpriced: 2 },
      { ...ROW, openKfId: 'wk2', purpose: 'answer', costMicros: 7 },
      { ...ROW, openKfId: '', purpose: 'index', costMicros: 9 },
    ],
    parked: async () => 0,
    backlog: async () => [],
    refusedToken: async () => undefined,
    asrFault: async () => undefined,
    meaningOf: describeErrcode,
    todoOf: (errcode) => PLATFORM_TODO[errcode],
    failMeaningOf: describeFailType,
    spendCap: (openKfId) => (openKfId === 'wk1' ? 10 : 0),
    bus: () => ({ up: true }),
    edgeUrl: 'https://kefu.example.com',
    dataDir: '/',
    now: () => NOW,
    fetch: async (input) => {
      asked.edge.push(String(input))
      return edge()
    },
    ...over,
  })
  return { facts, asked }
}

describe('the facts of the alerts', () => {
  it('add up what an account with a limit has spent, and name the models without a price', async () => {
    const { facts } = gather()
    expect((await facts()).spend).toEqual([
      { openKfId: 'wk1', spentMicros: 5, capMicros: 10, unpricedModels: ['mystery'] },
    ])
  })

  it('tell the edge that is away from the one that nobody is connected to', async () => {
    const { facts, asked } = gather()
    expect((await facts()).edge).toEqual({ connected: true, pending: 2, oldestWaitingSeconds: 7 })
    expect(asked.edge).toEqual(['https://kefu.example.com/healthz'])
    const lonely = gather({}, () => Response.json({ ...HEALTHY, bridge: { connected: false, lastSeen: null } }))
    expect((await lonely.facts()).edge?.connected).toBe(false)
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['does not answer', () => Promise.reject(new Error('refused'))],
    ['answers with a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['answers with something else', () => Response.json({ hello: 1 })],
    ['is down', () => Response.json(HEALTHY, { status: 503 })],
  ])('call an edge unreachable that %s', async (_what, edge) => {
    expect((await gather({}, edge).facts()).edge).toBeNull()
  })

  it('count refusals only where a person has to act', async () => {
    const { facts } = gather({
      health: {
        answerFaults: async () => [
          { reason: 'answer.unavailable', count: 2 },
          { reason: 'answer.account', count: 3 },
          { reason: 'unexpected', count: 9 },
        ],
        platformFaults: async () => [
          { reason: 'wecom.refused 60020', count: 1 },
          { reason: 'wecom.refused 60020', count: 2 },
          { reason: 'wecom.refused -1', count: 5 },
          { reason: 'wecom.unreachable', count: 5 },
        ],
        undelivered: async () => [
          { openKfId: 'wk1', failType: 8, count: 2 },
          { openKfId: 'wk1', failType: 10, count: 7 },
        ],
        answeredSince: async () => 1,
      },
    })
    const { refusals, undelivered, model } = await facts()
    expect(undelivered).toEqual([
      { openKfId: 'wk1', failType: 8, count: 2, meaning: { zh: '企业主体未验证', en: 'the corp is not verified' } },
    ])
    expect(refusals?.map(({ errcode, count }) => [errcode, count])).toEqual([[60020, 3]])
    expect(refusals?.[0]?.todo).toBe(PLATFORM_TODO[60020])
    expect(model).toEqual({ waiting: 5, reason: 'answer.account', answeredAt: 1 })
  })

  it('leave unknown what can not be found out, and only the database ends the look', async () => {
    const failing = async () => {
      throw new Error('broken')
    }
    const some = gather({ parked: failing, backlog: failing, refusedToken: failing, dataDir: '/nowhere/at/all' })
    expect(await some.facts()).toMatchObject({
      parked: undefined,
      backlog: undefined,
      token: undefined,
      disk: undefined,
    })
    const away = async () => {
      throw new AppError('database.unavailable', 'away', { retryable: true })
    }
    await expect(gather({ parked: away }).facts()).rejects.toMatchObject({ code: 'database.unavailable' })
  })

  it('carry the address that the platform does not trust', async () => {
    const { facts } = gather({ refusedToken: async () => ({ errcode: 60020, address: '203.0.113.9' }) })
    expect((await facts()).token).toMatchObject({ errcode: 60020, address: '203.0.113.9' })
    expect((await gather().facts()).token).toBeNull()
  })

  it('tell a refused key of speech recognition from none', async () => {
    expect((await gather({ asrFault: async () => ({ status: 402 }) }).facts()).asr).toEqual({ status: 402 })
    expect((await gather().facts()).asr).toBeNull()
  })
})
