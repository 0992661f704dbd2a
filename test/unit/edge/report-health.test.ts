import { evictDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { MailboxReport } from '../../../edge/mailbox/mailbox.ts'
import { createHealthReporter, HEALTH_TTL_MS } from '../../../edge/report-health.ts'
import { HEARTBEAT } from '../../../shared/frames.ts'
import { dialBridge, until } from './support/bridge-client.ts'
import { createEdge } from './support/create-edge.ts'

const REPORT: MailboxReport = {
  bridgeConnected: false,
  bridgeSeenAt: undefined,
  pending: 0,
  oldestAgeMs: 0,
  urlCheckedAt: undefined,
  lastCallbackAt: undefined,
  refused: undefined,
  databaseId: undefined,
}

interface Setup {
  /** False: nothing is ever found, as on a host without a cache. */
  cacheWorks?: boolean
}

/** A reporter with a clock that the test moves, and a mailbox that counts how often it was asked. */
function createReporter({ cacheWorks = true }: Setup = {}) {
  const state = { asked: 0, nowMs: 1000, report: REPORT, failure: undefined as Error | undefined }
  const stored = new Map<string, Response>()
  const cache = {
    match: async (key: RequestInfo | URL) => (cacheWorks ? stored.get(String(key))?.clone() : undefined),
    put: async (key: RequestInfo | URL, response: Response) => void stored.set(String(key), response),
  }
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const create = () => createHealthReporter({ cache: () => cache, log, now: () => state.nowMs })
  const askMailbox = async () => {
    state.asked += 1
    if (state.failure !== undefined) throw state.failure
    return state.report
  }
  const reporter = create()
  return {
    state,
    stored,
    get: (path = '/healthz', from = reporter) => from(new Request(`https://e${path}`), askMailbox),
    another: create,
  }
}

describe('what the object is asked', () => {
  it('is one question per 15 s in one isolate, whatever the query says', async () => {
    const { state, get } = createReporter({ cacheWorks: false })
    for (let round = 0; round < 20; round += 1) await get(`/healthz?round=${round}`)
    expect(state.asked).toBe(1)
    state.nowMs += HEALTH_TTL_MS - 1
    await get()
    expect(state.asked).toBe(1)
    state.nowMs += 1
    await get()
    expect(state.asked).toBe(2)
  })

  it('is shared with the other isolates of a data centre, whatever the query says', async () => {
    const { state, get, another } = createReporter()
    await get('/healthz?a=1')
    const response = await get('/healthz?b=2', another())
    expect(response.status).toBe(200)
    expect(state.asked).toBe(1)
  })

  it('is not repeated while it fails either', async () => {
    const { state, get, stored } = createReporter()
    state.failure = new Error('down')
    for (let round = 0; round < 5; round += 1) expect((await get()).status).toBe(503)
    expect(state.asked).toBe(1)
    expect(stored.size).toBe(0)
    state.failure = undefined
    state.nowMs += HEALTH_TTL_MS
    expect((await get()).status).toBe(200)
  })
})

describe('GET /healthz', () => {
  it('says how things are on a new mailbox', async () => {
    const response = await createEdge().fetch('/healthz')
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('public, max-age=15')
    expect(await response.json()).toEqual({
      ok: true,
      mailbox: 'up',
      bridge: { connected: false, lastSeen: null },
      pending: 0,
      oldestWaitingSeconds: 0,
    })
  })

  it('says that mail waits and that a bridge is there, also while the object sleeps', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge({ openKfId: 'wkSecret', token: 'TSECRET', createTime: 1 })
    const bridge = await dialBridge(edge)
    await until(() => bridge.mail().length === 1)
    await evictDurableObject(edge.mailbox, { webSockets: 'hibernate' })
    const text = await (await edge.fetch('/healthz')).text()
    expect(JSON.parse(text)).toMatchObject({ ok: true, bridge: { connected: true }, pending: 1 })
    for (const secret of ['wkSecret', 'TSECRET', edge.corpId, 'database-1']) expect(text).not.toContain(secret)
  })

  it('says that the mailbox is down with a 503 and no reason', async () => {
    const fail = () => Promise.reject(new Error('sensitive reason'))
    const namespace = { getByName: () => ({ report: fail }) }
    const edge = createEdge({
      MAILBOX: namespace as unknown as NonNullable<ReturnType<typeof createEdge>['bindings']['MAILBOX']>,
    })
    const response = await edge.fetch('/healthz')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      ok: false,
      mailbox: 'down',
      bridge: null,
      pending: null,
      oldestWaitingSeconds: null,
    })
  })
})

describe('when the bridge was last seen', () => {
  it('follows its heartbeats, which do not wake the object', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    const connectedAt = (await edge.mailbox.report()).bridgeSeenAt ?? 0
    await until(() => Date.now() > connectedAt + 5)
    await evictDurableObject(edge.mailbox, { webSockets: 'hibernate' })
    bridge.send(HEARTBEAT.ping)
    await until(() => bridge.texts.includes(HEARTBEAT.pong))
    expect((await edge.mailbox.report()).bridgeSeenAt).toBeGreaterThan(connectedAt)
  })

  it('is still known when it is gone', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    bridge.close(1000)
    await until(() => bridge.closed !== undefined)
    const report = await edge.mailbox.report()
    expect(report.bridgeConnected).toBe(false)
    expect(report.bridgeSeenAt).toBeGreaterThan(Date.now() - 10_000)
  })
})
