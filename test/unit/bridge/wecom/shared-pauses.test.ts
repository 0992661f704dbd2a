import { describe, expect, it, onTestFinished } from 'vitest'
import { createWecomClient } from '../../../../bridge/wecom/create-wecom-client.ts'
import type { PauseStore } from '../../../../bridge/wecom/shared-pauses.ts'
import { createSimulator } from '../../../simulator/create-simulator.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { corpId, createMemoryTokenStore, secret } from './platform-stub.ts'

const never = new AbortController().signal
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

function createStore(): PauseStore {
  const pauses = new Map<string, number>()
  return {
    list: async () => [...pauses].map(([api, until]) => ({ api, until })),
    save: async ({ api, until }) => void pauses.set(api, until),
  }
}

async function setUp(store: PauseStore) {
  const simulator = await createSimulator({
    corpId,
    secret,
    callback: { token: 'QDG6eK', aesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' },
    accounts: [{ name: '客服', openKfId: 'wk1' }],
    customers: [{ name: '客户', externalUserId: 'wm1' }],
  })
  onTestFinished(() => simulator.close())
  const log = createRecordingLogger()
  const tokenStore = createMemoryTokenStore()
  let movedMs = 0
  const createProcess = () => {
    const client = createWecomClient(
      {
        ...{ apiBase: simulator.apiBase, corpId, secret, tokenStore, log, pauseStore: store },
        now: () => Date.now() + movedMs,
      },
      { deadlineMs: 2000, pollMs: 5 },
    )
    return {
      pull: () => caught(client.syncMessages({ openKfId: 'wk1', cursor: '', token: '' }, never)),
      list: () => caught(client.listAccountIds(never)),
    }
  }
  const pulls = () => simulator.calls()['kf/sync_msg'] ?? 0
  const pass = (ms: number) => {
    movedMs += ms
    simulator.moveClock({ ms })
  }
  return { simulator, createProcess, pulls, pass, log }
}

describe('45009', () => {
  it('makes every process leave that API alone, and no other', async () => {
    const { simulator, createProcess, pulls, pass } = await setUp(createStore())
    const [one, two] = [createProcess(), createProcess()]
    await two.pull()
    simulator.addFault({ endpoint: 'kf/sync_msg', action: { kind: 'errcode', errcode: 45009 }, times: 1 })
    expect(await one.pull()).toMatchObject({ details: { errcode: 45009 } })
    const before = pulls()
    pass(1100)
    // Looks meanwhile; what another was told is known from the next call on.
    await two.list()
    await expect.poll(() => two.pull()).toMatchObject({ details: { errcode: 45009 } })
    const refusedAt = pulls()
    expect(await two.pull()).toMatchObject({ details: { errcode: 45009 } })
    expect(pulls()).toBe(refusedAt)
    expect(refusedAt - before).toBeLessThanOrEqual(1)
    pass(60_000)
    expect(await two.pull()).toMatchObject({ messages: [] })
  })

  it('is known to a process that has just started', async () => {
    const { simulator, createProcess, pulls } = await setUp(createStore())
    simulator.addFault({ endpoint: 'kf/sync_msg', action: { kind: 'errcode', errcode: 45009 }, times: 1 })
    await createProcess().pull()
    const before = pulls()
    expect(await createProcess().pull()).toMatchObject({ details: { errcode: 45009 } })
    expect(pulls()).toBe(before)
  })

  it('costs the news and not the calls while the database is away', async () => {
    const away = () => Promise.reject(new Error('away'))
    const { simulator, createProcess, log } = await setUp({ list: away, save: away })
    const one = createProcess()
    expect(await one.pull()).toMatchObject({ messages: [] })
    simulator.addFault({ endpoint: 'kf/sync_msg', action: { kind: 'errcode', errcode: 45009 }, times: 1 })
    await one.pull()
    expect(await one.pull()).toMatchObject({ details: { errcode: 45009 } })
    expect(log.lines.map(({ name }) => name)).toContain('wecom.pauses-unavailable')
  })
})
