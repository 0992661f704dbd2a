import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { createMailboxStore } from '../../../../edge/mailbox/mailbox-store.ts'
import { CLOSE_CODES, HEARTBEAT, type KeptEvent } from '../../../../shared/frames.ts'
import { type BridgeClient, dialBridge, settle, until, upgradeHeaders } from '../support/bridge-client.ts'
import { createEdge, type EdgeUnderTest } from '../support/create-edge.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const nudge = (openKfId: string, createTime = 1) => ({ openKfId, token: `T${createTime}`, createTime })
const numbers = (client: BridgeClient) => client.mail().map(({ number }) => number)

/** The mailbox's rows, to look at or to make older. */
function withStore<Result>(edge: EdgeUnderTest, use: (store: ReturnType<typeof createMailboxStore>) => Result) {
  return runInDurableObject(edge.mailbox, (_mailbox, state) => use(createMailboxStore(state.storage.sql)))
}

describe('delivery', () => {
  it('pushes what waits when a bridge connects, in the order of the numbers', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wkB'))
    await edge.mailbox.keepNudge(nudge('wkA'))
    const bridge = await dialBridge(edge)
    await until(() => bridge.mail().length === 2)
    expect(bridge.mail()).toMatchObject([
      { number: 1, kind: 'nudge', nudge: nudge('wkB') },
      { number: 2, kind: 'nudge', nudge: nudge('wkA') },
    ])
  })

  it('pushes on arrival what this session has not had, once', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    await edge.mailbox.keepNudge(nudge('wk1', 1))
    await edge.mailbox.keepNudge(nudge('wk1', 2))
    await edge.mailbox.keepNudge(nudge('wk1', 2))
    await edge.mailbox.keepNudge(nudge('wk1', 1))
    await until(() => bridge.mail().length === 2)
    bridge.send({ type: 'ack', numbers: [1, 2] })
    expect(await settle(bridge)).toMatchObject({ pending: 0 })
    expect(numbers(bridge)).toEqual([1, 2])
  })

  it('loses no push when many arrive at once', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    await Promise.all(Array.from({ length: 40 }, (_, index) => edge.mailbox.keepNudge(nudge(`wk${index}`))))
    await until(() => bridge.mail().length === 40)
    expect(numbers(bridge)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  })

  it('batches a long absence', async () => {
    const edge = createEdge()
    await withStore(edge, (store) => {
      for (let index = 0; index < 250; index += 1) store.keepNudge(nudge(`wk${index}`), Date.now())
    })
    const bridge = await dialBridge(edge)
    await until(() => bridge.mail().length === 250)
    expect(bridge.frames.length).toBe(3)
  })

  it('delivers an event as it was kept', async () => {
    const edge = createEdge()
    const event: KeptEvent = {
      name: 'kf_account_auth_change',
      createTime: 1,
      addedOpenKfIds: ['wk'],
      removedOpenKfIds: [],
    }
    await edge.mailbox.keepEvent('key', event)
    await edge.mailbox.keepEvent('key', event)
    const bridge = await dialBridge(edge)
    await settle(bridge)
    expect(bridge.mail()[0]).toMatchObject({ number: 1, kind: 'event', event })
    expect(await withStore(edge, (store) => store.waiting().pending)).toBe(1)
  })

  it('goes on after the object slept, on the same socket', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    await edge.mailbox.keepNudge(nudge('wk1'))
    await until(() => bridge.mail().length === 1)
    await evictDurableObject(edge.mailbox, { webSockets: 'hibernate' })
    await edge.mailbox.keepNudge(nudge('wk2'))
    await until(() => bridge.mail().length === 2)
    // Only the new one: the session remembers how far it was pushed.
    expect(numbers(bridge)).toEqual([1, 2])
    await evictDurableObject(edge.mailbox, { webSockets: 'hibernate' })
    bridge.send({ type: 'ack', numbers: [1, 2] })
    expect(await settle(bridge)).toEqual({ type: 'status', pending: 0, oldestAgeMs: 0 })
  })

  it('answers heartbeats, asleep or awake', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    bridge.send(HEARTBEAT.ping)
    await until(() => bridge.texts.includes(HEARTBEAT.pong))
    await evictDurableObject(edge.mailbox, { webSockets: 'hibernate' })
    bridge.send(HEARTBEAT.ping)
    await until(() => bridge.texts.filter((text) => text === HEARTBEAT.pong).length === 2)
  })
})

describe('acknowledgement', () => {
  it('ends the waiting for every later session', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    await edge.mailbox.keepNudge(nudge('wk2'))
    const first = await dialBridge(edge)
    first.send({ type: 'ack', numbers: [1] })
    await settle(first)
    const second = await dialBridge(edge)
    await settle(second)
    expect(new Set(numbers(second))).toEqual(new Set([2]))
  })

  it('of a superseded number does nothing', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    await edge.mailbox.keepNudge(nudge('wk1', 1))
    await edge.mailbox.keepNudge(nudge('wk1', 2))
    bridge.send({ type: 'ack', numbers: [1] })
    expect(await settle(bridge)).toMatchObject({ pending: 1 })
    bridge.send({ type: 'ack', numbers: [2] })
    expect(await settle(bridge)).toMatchObject({ pending: 0 })
  })

  it('is what ends the waiting: a delivery alone does not', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    const bridge = await dialBridge(edge)
    await until(() => bridge.mail().length === 1)
    expect(await settle(bridge)).toMatchObject({ pending: 1 })
    // The sync delivered it again.
    expect(numbers(bridge)).toEqual([1, 1])
  })

  it('of a late duplicate is not needed: it does not come again', async () => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    await edge.mailbox.keepNudge(nudge('wk1'))
    bridge.send({ type: 'ack', numbers: [1] })
    await settle(bridge)
    const before = bridge.mail().length
    await edge.mailbox.keepNudge(nudge('wk1'))
    expect(await settle(bridge)).toMatchObject({ pending: 0 })
    expect(bridge.mail().length).toBe(before)
  })
})

describe('frames that cannot be used', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['an ack of words', '{"type":"ack","numbers":["1"]}'],
    ['an ack of nothing', '{"type":"ack"}'],
    ['a type of tomorrow', '{"type":"window","size":5}'],
    ['an ack of fractions', '{"type":"ack","numbers":[0.5]}'],
  ])('%s changes nothing and the session goes on', async (_what, text) => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    const bridge = await dialBridge(edge)
    bridge.send(text)
    expect(await settle(bridge)).toMatchObject({ pending: 1 })
    expect(bridge.closed).toBeUndefined()
  })

  it.each([
    ['binary', new ArrayBuffer(4), 1003],
    ['longer than a megabyte', 'x'.repeat(1024 * 1024 + 1), 1009],
  ])('a frame that is %s ends the session', async (_what, data, code) => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    bridge.send(data)
    await until(() => bridge.closed !== undefined)
    expect(bridge.closed?.code).toBe(code)
  })
})

describe('sessions', () => {
  it('a newer one supersedes the older and gets what arrives', async () => {
    const edge = createEdge()
    const older = await dialBridge(edge)
    const newer = await dialBridge(edge)
    await until(() => older.closed !== undefined)
    expect(older.closed?.code).toBe(CLOSE_CODES.superseded)
    await edge.mailbox.keepNudge(nudge('wk1'))
    await until(() => newer.mail().length === 1)
    expect(older.mail()).toEqual([])
  })

  it('a newer one supersedes the older also while the object sleeps', async () => {
    const edge = createEdge()
    const older = await dialBridge(edge)
    await evictDurableObject(edge.mailbox, { webSockets: 'hibernate' })
    await dialBridge(edge)
    await until(() => older.closed !== undefined)
    expect(older.closed?.code).toBe(CLOSE_CODES.superseded)
  })

  it('a handshake that was used before is refused, while its session lives and after it ended', async () => {
    const edge = createEdge()
    const headers = await upgradeHeaders(edge)
    const first = await edge.fetch('/bridge', { headers })
    expect(first.status).toBe(101)
    first.webSocket?.accept()
    expect((await edge.fetch('/bridge', { headers })).status).toBe(409)
    first.webSocket?.close(1000)
    await waitUntilDisconnected(edge)
    expect((await edge.fetch('/bridge', { headers })).status).toBe(409)
  })

  it('a handshake older than the live one is refused and disturbs nothing', async () => {
    const edge = createEdge()
    const live = await dialBridge(edge)
    const older = await upgradeHeaders(edge, { timestamp: Date.now() - 10_000 })
    expect((await edge.fetch('/bridge', { headers: older })).status).toBe(409)
    await settle(live)
    expect(live.closed).toBeUndefined()
  })

  it.each([1000, 3001, 4999, undefined])('a close with %s is answered with a close', async (code) => {
    const edge = createEdge()
    const bridge = await dialBridge(edge)
    bridge.close(code)
    await waitUntilDisconnected(edge)
    await until(() => bridge.closed !== undefined)
    expect(bridge.closed?.code).not.toBe(1006)
  })
})

describe('the database that the mailbox belongs to', () => {
  it('is the first that it hears of; another one is closed at once and gets nothing', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    const owner = await dialBridge(edge, { databaseId: 'production' })
    const stranger = await dialBridge(edge, { databaseId: 'laptop' })
    stranger.send({ type: 'ack', numbers: [1] })
    await until(() => stranger.closed !== undefined)
    expect(stranger.closed?.code).toBe(CLOSE_CODES.otherDatabase)
    expect(stranger.mail()).toEqual([])
    expect(await settle(owner)).toMatchObject({ pending: 1 })
    expect(owner.closed).toBeUndefined()
  })

  it('stays the same over sleep and reconnection', async () => {
    const edge = createEdge()
    const owner = await dialBridge(edge, { databaseId: 'production' })
    owner.close(1000)
    await waitUntilDisconnected(edge)
    await evictDurableObject(edge.mailbox)
    const stranger = await dialBridge(edge, { databaseId: 'laptop' })
    await until(() => stranger.closed !== undefined)
    expect(stranger.closed?.code).toBe(CLOSE_CODES.otherDatabase)
    await settle(await dialBridge(edge, { databaseId: 'production' }))
  })

  it('changes by a take-over, which leaves the old owner outside', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    const old = await dialBridge(edge, { databaseId: 'old' })
    const next = await dialBridge(edge, { databaseId: 'next', takeOver: true })
    await until(() => old.closed !== undefined && next.mail().length === 1)
    expect(old.closed?.code).toBe(CLOSE_CODES.superseded)
    const again = await dialBridge(edge, { databaseId: 'old' })
    await until(() => again.closed !== undefined)
    expect(again.closed?.code).toBe(CLOSE_CODES.otherDatabase)
    await settle(next)
  })

  it('changes by a take-over, after which the old owner acknowledges nothing', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    const old = await dialBridge(edge, { databaseId: 'old' })
    await until(() => old.mail().length === 1)
    const [socket] = await runInDurableObject(edge.mailbox, (_mailbox, state) => state.getWebSockets())
    if (socket === undefined) throw new Error('the old session has no socket')
    const next = await dialBridge(edge, { databaseId: 'next', takeOver: true })
    // A frame that was on its way when the session was superseded.
    const late = JSON.stringify({ type: 'ack', numbers: [1] })
    await runInDurableObject(edge.mailbox, (mailbox) => mailbox.webSocketMessage(socket, late))
    expect(await settle(next)).toMatchObject({ pending: 1 })
  })

  it('a stranger that is turned away does not use up the timestamp of the owner', async () => {
    const edge = createEdge()
    await settle(await dialBridge(edge, { databaseId: 'production' }))
    await dialBridge(edge, { databaseId: 'laptop', timestamp: Date.now() + 50_000 })
    await settle(await dialBridge(edge, { databaseId: 'production' }))
  })
})

describe('the purge', () => {
  it('removes what is older than three days, waiting or not, and never the counter', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wkFresh'))
    await withStore(edge, (store) => {
      store.keepNudge(nudge('wkWaiting'), Date.now() - 3 * DAY_MS - 1000)
      store.keepNudge(nudge('wkDone'), Date.now() - 4 * DAY_MS)
      store.keepNudge(nudge('wkYoung'), Date.now() - 3 * DAY_MS + 60_000)
      store.acknowledge([3])
    })
    expect(await runDurableObjectAlarm(edge.mailbox)).toBe(true)
    expect(await withStore(edge, (store) => store.waitingAfter(0).map(({ number }) => number))).toEqual([1, 4])
    await edge.mailbox.keepNudge(nudge('wkDone'))
    expect(await withStore(edge, (store) => store.lastNumber())).toBe(5)
  })

  it('rings again only while something is left, and not before an hour is over', async () => {
    const edge = createEdge()
    const alarmAt = () => runInDurableObject(edge.mailbox, (_mailbox, state) => state.storage.getAlarm())
    expect(await alarmAt()).toBeNull()
    await edge.mailbox.keepNudge(nudge('wk1'))
    const first = await alarmAt()
    expect(first).toBeGreaterThan(Date.now() + 2.9 * DAY_MS)
    await edge.mailbox.keepNudge(nudge('wk2'))
    expect(await alarmAt()).toBe(first)

    await withStore(edge, (store) => store.keepNudge(nudge('wk3'), Date.now() - 3 * DAY_MS + 60_000))
    await runDurableObjectAlarm(edge.mailbox)
    expect(await alarmAt()).toBeGreaterThan(Date.now() + 59 * 60_000)
    expect(await alarmAt()).toBeLessThan(Date.now() + 61 * 60_000)

    await withStore(edge, (store) => store.purge(Date.now() + 1000))
    await runDurableObjectAlarm(edge.mailbox)
    expect(await alarmAt()).toBeNull()
  })

  it('comes back by itself when its alarm was lost, even on a duplicate', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    await runInDurableObject(edge.mailbox, (_mailbox, state) => state.storage.deleteAlarm())
    await edge.mailbox.keepNudge(nudge('wk1'))
    expect(await runInDurableObject(edge.mailbox, (_mailbox, state) => state.storage.getAlarm())).not.toBeNull()
  })

  it('survives its own failure and tries again in an hour', async () => {
    const edge = createEdge()
    await edge.mailbox.keepNudge(nudge('wk1'))
    await runInDurableObject(edge.mailbox, (_mailbox, state) => void state.storage.sql.exec('DROP TABLE slots'))
    expect(await runDurableObjectAlarm(edge.mailbox)).toBe(true)
    const next = await runInDurableObject(edge.mailbox, (_mailbox, state) => state.storage.getAlarm())
    expect(next).toBeGreaterThan(Date.now() + 59 * 60_000)
  })
})

async function waitUntilDisconnected(edge: EdgeUnderTest): Promise<void> {
  const deadline = Date.now() + 5000
  while ((await edge.mailbox.report()).bridgeConnected) {
    if (Date.now() > deadline) throw new Error('the session did not end in 5 s')
  }
}
