import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRelay, type Relay, type RelayDeps } from '../../../../bridge/relay/relay.ts'
import type { RelayTiming } from '../../../../bridge/relay/relay-timing.ts'
import { CLOSE_CODES, type Mail } from '../../../../shared/frames.ts'
import { freePort } from '../../../support/free-port.ts'
import { createGate } from '../../../support/gate.ts'
import { LOCAL_EDGE, type LocalEdge, startLocalEdge } from '../../../support/local-edge.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const CALM: RelayTiming = {
  handshakeTimeoutMs: 2_000,
  redial: { baseMs: 20, maxMs: 100 },
  healthyAfterMs: 60_000,
  slowRedialMs: 60_000,
  supersededMs: 60_000,
  heartbeatMs: 60_000,
  syncMs: 60_000,
  statusTimeoutMs: 2_000,
  stopTimeoutMs: 1_000,
}

function nudge(number: number, openKfId = `wk${number}`): Mail {
  return { number, kind: 'nudge', nudge: { openKfId, token: `t${number}`, createTime: number }, receivedAt: 1 }
}

describe('createRelay', () => {
  let edge: LocalEdge
  const relays: Relay[] = []

  beforeEach(async () => {
    edge = await startLocalEdge()
  })
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()))
    await edge.stop()
  })

  function startRelay({
    timing,
    ...deps
  }: Partial<Omit<RelayDeps, 'timing'>> & { timing?: Partial<RelayTiming> } = {}) {
    const log = createRecordingLogger()
    /** What happened, in order. */
    const steps: string[] = []
    const store = {
      acceptNudge: async ({ openKfId }: { openKfId: string }) => {
        steps.push(`store ${openKfId}`)
        return [openKfId]
      },
      acceptEvent: async ({ name, addedOpenKfIds }: { name: string; addedOpenKfIds: string[] }) => {
        steps.push(`store ${name}`)
        return addedOpenKfIds
      },
    }
    const publish: RelayDeps['publish'] = async ({ stage, key }) => {
      steps.push(`publish ${stage} ${key}`)
    }
    const relay = createRelay({
      edgeUrl: edge.url,
      ...LOCAL_EDGE,
      databaseId: 'd4ba5e00-0000-4000-8000-000000000001',
      store,
      publish,
      log,
      // The longest delay each time, so that delays can be told apart.
      random: () => 0.999,
      ...deps,
      timing: { ...CALM, ...timing },
    })
    relays.push(relay)
    relay.start()
    return { relay, log, steps, store }
  }

  const untilSocket = (index = 0) => waitUntil(() => edge.sockets[index], { what: `session ${index} is open` })
  const untilUp = (relay: Relay) => waitUntil(() => relay.state().up, { what: 'the relay is up' })
  const untilDown = (relay: Relay) => waitUntil(() => !relay.state().up, { what: 'the relay is down' })
  const acked = (index = 0) =>
    edge.sockets[index]?.frames.flatMap((frame) => (frame.type === 'ack' ? frame.numbers : [])) ?? []
  const untilAcked = (numbers: number[], index = 0) =>
    waitUntil(() => numbers.every((number) => acked(index).includes(number)), { what: `${numbers} are acknowledged` })
  const reasonOf = (relay: Relay) => {
    const state = relay.state()
    return state.up ? '' : state.reason
  }

  it('proves itself, asks for the status and is up when the mailbox has answered', async () => {
    edge.answerSync = false
    const { relay } = startRelay({ now: Date.now })
    const socket = await untilSocket()
    expect(socket.handshake).toMatchObject({
      method: 'GET',
      path: '/bridge',
      databaseId: 'd4ba5e00-0000-4000-8000-000000000001',
      takeOver: false,
    })
    await waitUntil(() => socket.frames.some(({ type }) => type === 'sync'), { what: 'the sync frame' })
    expect(relay.state()).toMatchObject({ up: false, reason: 'connecting to the edge' })
    const before = Date.now()
    socket.send({ type: 'status', pending: 0, oldestAgeMs: 0 })
    await untilUp(relay)
    expect(relay.state().since).toBeGreaterThanOrEqual(before)
  })

  it('stores, then publishes, then acknowledges by number, once per frame', async () => {
    const { steps } = startRelay()
    const socket = await untilSocket()
    const event = {
      name: 'kf_account_auth_change',
      createTime: 1,
      addedOpenKfIds: ['wkA', 'wkB'],
      removedOpenKfIds: [],
    }
    socket.send({ type: 'deliver', mail: [nudge(7), { number: 8, kind: 'event', event, receivedAt: 1 }, nudge(9)] })
    await untilAcked([7, 8, 9])
    expect(socket.frames.filter(({ type }) => type === 'ack')).toEqual([{ type: 'ack', numbers: [7, 8, 9] }])
    expect(steps).toEqual([
      'store wk7',
      'publish fetch wk7',
      'store kf_account_auth_change',
      'publish fetch wkA',
      'publish fetch wkB',
      'store wk9',
      'publish fetch wk9',
    ])
  })

  it('takes the mail that comes with the very opening', async () => {
    edge.waiting = [nudge(1), nudge(2)]
    startRelay()
    await untilAcked([1, 2])
  })

  it('does not acknowledge before the database has committed', async () => {
    const gate = createGate()
    const { log } = startRelay({
      store: {
        acceptNudge: async ({ openKfId }) => [await gate.handler(openKfId)],
        acceptEvent: async () => [],
      },
    })
    const socket = await untilSocket()
    socket.send({ type: 'deliver', mail: [nudge(1)] })
    await waitUntil(() => gate.running() === 1, { what: 'it is being stored' })
    // A round trip, after which an acknowledgement that was sent early would be here.
    socket.sendRaw('{"type":"from a newer version"}')
    await waitUntil(() => log.lines.some(({ name }) => name === 'relay.frame-unknown'), { what: 'the round trip' })
    expect(acked()).toEqual([])
    gate.finishOne()
    await untilAcked([1])
  })

  it('acknowledges though the bus is down, or never answers', async () => {
    const { log } = startRelay({
      publish: ({ key }) => (key === 'wk1' ? Promise.reject(new Error('down')) : new Promise(() => {})),
    })
    const socket = await untilSocket()
    socket.send({ type: 'deliver', mail: [nudge(1), nudge(2)] })
    await untilAcked([1, 2])
    expect(log.lines.filter(({ name }) => name === 'relay.publish-failed')).toHaveLength(1)
  })

  it('stores only once what is sent again within a session', async () => {
    const { steps } = startRelay()
    const socket = await untilSocket()
    socket.send({ type: 'deliver', mail: [nudge(1)] })
    socket.send({ type: 'deliver', mail: [nudge(1), nudge(2)] })
    await untilAcked([1, 2])
    expect(steps.filter((step) => step.startsWith('store'))).toEqual(['store wk1', 'store wk2'])
    expect(acked()).toEqual([1, 1, 2])
  })

  it('leaves unacknowledged what the database refused, and has it delivered again', async () => {
    edge.waiting = [nudge(1), nudge(2), nudge(3)]
    let refusals = 1
    const seen: string[] = []
    const { relay, log } = startRelay({
      store: {
        acceptNudge: async ({ openKfId }) => {
          seen.push(openKfId)
          if (openKfId === 'wk2' && refusals-- > 0) throw new Error('disk full')
          return []
        },
        acceptEvent: async () => [],
      },
    })
    await untilSocket(1)
    expect(acked(0)).toEqual([1])
    expect(edge.sockets[0]?.closedWith).toBe(1011)
    await untilAcked([2, 3], 1)
    await untilUp(relay)
    expect(seen).toEqual(['wk1', 'wk2', 'wk2', 'wk3'])
    expect(log.lines.find(({ name }) => name === 'relay.down')?.fields.reason).toContain('database')
  })

  it.each([
    'not json',
    '[]',
    '{"type":"deliver"}',
    '{"type":"deliver","mail":[{"number":"one"}]}',
    Buffer.from([1, 2]),
  ])('goes on after a frame that is none: %s', async (bad) => {
    const { relay } = startRelay()
    const socket = await untilSocket()
    socket.sendRaw(bad)
    socket.send({ type: 'deliver', mail: [nudge(1)] })
    await untilAcked([1])
    expect(edge.sockets).toHaveLength(1)
    await untilUp(relay)
  })

  it('dials again when the connection is lost, with a newer timestamp each time', async () => {
    // A clock that stands still.
    const now = Date.now()
    const { relay, log } = startRelay({ now: () => now })
    for (let index = 0; index < 3; index++) {
      const socket = await untilSocket(index)
      await untilUp(relay)
      socket.terminate()
      await untilDown(relay)
    }
    await untilSocket(3)
    expect(edge.sockets.map(({ handshake }) => handshake.timestamp - now)).toEqual([0, 1, 2, 3])
    expect(new Set(edge.sockets.map(({ handshake }) => handshake.nonce)).size).toBe(4)
    expect(log.lines.filter(({ name }) => name === 'relay.down')).toHaveLength(3)
  })

  it('waits longer after each failure, and shortly again after a healthy session', async () => {
    edge.refusals = Array.from({ length: 5 }, () => ({ status: 500 }))
    const { log } = startRelay({ timing: { healthyAfterMs: 50, redial: { baseMs: 20, maxMs: 10_000 } } })
    const socket = await untilSocket()
    const lasted = performance.now() + 100
    await waitUntil(() => performance.now() > lasted, { what: 'a healthy session' })
    socket.terminate()
    await untilSocket(1)
    const delays = log.lines.filter(({ name }) => name === 'relay.down').map(({ fields }) => fields.redialMs)
    expect(delays).toEqual([19, 39, 79, 159, 319, 19])
  })

  it('does not take a session for healthy because it opened', async () => {
    const { relay, log } = startRelay({ timing: { redial: { baseMs: 10, maxMs: 10_000 } } })
    for (let index = 0; index < 3; index++) {
      const socket = await untilSocket(index)
      await untilUp(relay)
      socket.terminate()
      await untilDown(relay)
    }
    await untilSocket(3)
    const delays = log.lines.filter(({ name }) => name === 'relay.down').map(({ fields }) => fields.redialMs)
    expect(delays).toEqual([9, 19, 39])
  })

  it('goes to the slow lane, loudly, when its secret is refused', async () => {
    const { relay, log } = startRelay({ bridgeToken: 'another-secret-of-thirty-two-chars' })
    await waitUntil(() => reasonOf(relay).includes('BRIDGE_TOKEN'), { what: 'the reason' })
    const line = log.lines.find(({ name }) => name === 'relay.down')
    expect(line?.level).toBe('error')
    expect(line?.fields.redialMs).toBeGreaterThanOrEqual(60_000)
    expect(edge.dials).toHaveLength(1)
    expect(JSON.stringify(log.lines)).not.toContain('another-secret')
  })

  it('dials by a clock that was set right, not by what was refused while it was wrong', async () => {
    let offsetMs = 3_600_000
    const { relay } = startRelay({ now: () => Date.now() + offsetMs })
    await waitUntil(() => reasonOf(relay).includes('refused this bridge'), { what: 'the edge refuses it' })
    offsetMs = 0
    relay.hurry()
    await untilUp(relay)
  })

  it('tells by how much its clock is off when it is refused for it', async () => {
    const { relay } = startRelay({ now: () => Date.now() - 300_000 })
    edge.refusals = [{ status: 401, headers: { date: new Date(Date.now() + 300_000).toUTCString() } }]
    await waitUntil(() => /\b(299|300|301) s behind the edge's/.test(reasonOf(relay)), {
      what: 'the clocks are compared',
    })
  })

  it.each([
    { status: 429, retryAfter: () => '1' },
    { status: 503, retryAfter: () => new Date(Date.now() + 2_000).toUTCString() },
  ])('honours the Retry-After of a $status', async ({ status, retryAfter }) => {
    edge.refusals = [{ status, headers: { 'retry-after': retryAfter() } }]
    const { log } = startRelay()
    await waitUntil(() => edge.dials.length === 1 && log.lines.length > 0, { what: 'the refusal' })
    expect(log.lines[0]?.fields.redialMs).toBeGreaterThanOrEqual(900)
    await untilSocket()
    // Dates have whole seconds.
    expect((edge.dials[1] ?? 0) - (edge.dials[0] ?? 0)).toBeGreaterThanOrEqual(900)
  })

  it.each([
    { code: CLOSE_CODES.superseded, level: 'warn', named: 'another bridge', standing: 'free' },
    { code: CLOSE_CODES.otherDatabase, level: 'error', named: 'relay take-over', standing: 'foreign' },
  ])('waits long after the close code $code', async ({ code, level, named, standing }) => {
    const { relay, log } = startRelay()
    expect(relay.standing()).toBe('connecting')
    const socket = await untilSocket()
    await untilUp(relay)
    socket.close(code)
    await waitUntil(() => reasonOf(relay).includes(named), { what: 'the reason' })
    const line = log.lines.find(({ name }) => name === 'relay.down')
    expect(line).toMatchObject({ level })
    expect(line?.fields.redialMs).toBeGreaterThanOrEqual(60_000)
    expect(relay.standing()).toBe(standing)
    expect(edge.dials).toHaveLength(1)
    await relay.stop()
    expect(relay.standing()).toBe('connecting')
  })

  it('keeps a session alive by heartbeats', async () => {
    const { relay } = startRelay({ timing: { heartbeatMs: 20 } })
    const socket = await untilSocket()
    await waitUntil(() => socket.pings >= 6, { what: 'six heartbeats' })
    expect(relay.state().up).toBe(true)
    expect(edge.sockets).toHaveLength(1)
  })

  it('cuts a session in which two heartbeats were not answered', async () => {
    edge.answerPings = false
    const { log } = startRelay({ timing: { heartbeatMs: 30 } })
    const socket = await untilSocket()
    await untilSocket(1)
    expect(socket.pings).toBe(2)
    expect(socket.closedWith).toBe(1006)
    expect(log.lines.find(({ name }) => name === 'relay.down')?.fields.reason).toContain('heartbeats')
  })

  it('asks the mailbox again and again, and cuts the session when it does not answer', async () => {
    const { relay, log } = startRelay({ timing: { syncMs: 30, statusTimeoutMs: 500 } })
    const socket = await untilSocket()
    await untilUp(relay)
    await waitUntil(() => socket.frames.filter(({ type }) => type === 'sync').length >= 4, { what: 'several syncs' })
    expect(edge.sockets).toHaveLength(1)
    edge.answerSync = false
    await untilSocket(1)
    expect(log.lines.find(({ name }) => name === 'relay.down')?.fields.reason).toBe('the mailbox does not answer')
  })

  it('keeps dialling while nobody listens', async () => {
    const { relay } = startRelay({ edgeUrl: `http://127.0.0.1:${await freePort()}` })
    await waitUntil(() => reasonOf(relay).includes('ECONNREFUSED'), { what: 'the reason' })
  })

  it('gives up an upgrade that is never answered', async () => {
    const { createServer } = await import('node:net')
    const silent = createServer(() => {})
    const port = await freePort()
    silent.listen(port, '127.0.0.1')
    try {
      const { relay } = startRelay({ edgeUrl: `http://127.0.0.1:${port}`, timing: { handshakeTimeoutMs: 50 } })
      await waitUntil(() => reasonOf(relay).includes('no answer in time'), { what: 'the reason' })
      await relay.stop()
    } finally {
      silent.close()
    }
  })

  /** The wish of an operator, in memory. */
  function createWish(isWished: boolean) {
    let wished = isWished
    return {
      isWanted: async () => wished,
      async done() {
        wished = false
      },
      make() {
        wished = true
      },
      isOpen: () => wished,
    }
  }

  it('takes the mailbox over once when it is wished, not on every dial', async () => {
    const wish = createWish(true)
    const { relay } = startRelay({ takeOver: wish })
    const socket = await untilSocket()
    await untilUp(relay)
    expect(wish.isOpen()).toBe(false)
    socket.terminate()
    await untilSocket(1)
    expect(edge.sockets.map(({ handshake }) => handshake.takeOver)).toEqual([true, false])
  })

  it('leaves the wish open until the mailbox has answered', async () => {
    const wish = createWish(true)
    edge.answerSync = false
    const { relay } = startRelay({ takeOver: wish })
    const socket = await untilSocket()
    socket.close(CLOSE_CODES.superseded)
    await waitUntil(() => reasonOf(relay).includes('another bridge'), { what: 'the session has ended' })
    expect(wish.isOpen()).toBe(true)
  })

  it('dials at once when it is told to hurry', async () => {
    const wish = createWish(false)
    const { relay } = startRelay({ takeOver: wish })
    const socket = await untilSocket()
    await untilUp(relay)
    socket.close(CLOSE_CODES.otherDatabase)
    await waitUntil(() => reasonOf(relay).includes('take-over'), { what: 'it is kept off' })
    wish.make()
    relay.hurry()
    const { handshake } = await untilSocket(1)
    expect(handshake.takeOver).toBe(true)
  })

  it('dials though the wish cannot be read', async () => {
    const { relay } = startRelay({
      takeOver: { isWanted: () => Promise.reject(new Error('down')), done: async () => {} },
    })
    await untilUp(relay)
  })

  it('finishes and acknowledges at stop what it is storing, takes nothing more, and closes properly', async () => {
    const gate = createGate()
    const { relay } = startRelay({
      store: {
        acceptNudge: async ({ openKfId }) => [await gate.handler(openKfId)],
        acceptEvent: async () => [],
      },
    })
    const socket = await untilSocket()
    socket.send({ type: 'deliver', mail: [nudge(1), nudge(2)] })
    await waitUntil(() => gate.running() === 1, { what: 'it is being stored' })
    const stopping = relay.stop()
    gate.finishOne()
    await stopping
    await waitUntil(() => socket.closedWith, { what: 'the close' })
    expect(socket.closedWith).toBe(1000)
    expect(acked()).toEqual([1])
    expect(gate.started).toEqual(['wk1'])
    expect(relay.state()).toMatchObject({ up: false, reason: 'stopped' })
  })

  it('stops in time though the database hangs', async () => {
    const { relay } = startRelay({
      store: { acceptNudge: () => new Promise(() => {}), acceptEvent: async () => [] },
      timing: { stopTimeoutMs: 100 },
    })
    const socket = await untilSocket()
    await untilUp(relay)
    socket.send({ type: 'deliver', mail: [nudge(1)] })
    const began = performance.now()
    await relay.stop()
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(acked()).toEqual([])
  })

  it('can be started again after a stop, and starts only once', async () => {
    const { relay } = startRelay()
    relay.start()
    await untilUp(relay)
    await relay.stop()
    relay.start()
    await untilUp(relay)
    expect(edge.sockets).toHaveLength(2)
  })

  it('stops while it waits to dial again', async () => {
    edge.refusals = [{ status: 401 }]
    const { relay } = startRelay()
    await waitUntil(() => reasonOf(relay).includes('401'), { what: 'the slow lane' })
    const began = performance.now()
    await relay.stop()
    expect(performance.now() - began).toBeLessThan(500)
  })
})
