import { describe, expect, it, vi } from 'vitest'
import { type AccessStore, createAccessMemory } from '../../../../bridge/wecom/access-memory.ts'
import { createMemoryAccessStore } from '../../../../bridge/wecom/memory-stores.ts'
import { refused } from '../../../../bridge/wecom/wecom-error.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { conversation, customer, never, startClientOnSimulator } from './client-on-simulator.ts'

const endpoint = 'kf/servicer/list'
const hourMs = 3_600_000
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

function setUp(store: AccessStore = createMemoryAccessStore(), fingerprint = 'f1') {
  let time = Date.UTC(2026, 10, 22)
  const log = createRecordingLogger()
  const memory = createAccessMemory({ store, fingerprint, now: () => time, log })
  const operate = vi.fn(async () => {})
  return {
    memory,
    store,
    log,
    operate,
    refuse: (errcode: number, account = 'wk1') =>
      caught(memory.run(endpoint, account, () => Promise.reject(refused(endpoint, errcode)))),
    run: (account = 'wk1', name = endpoint) => caught(memory.run(name, account, operate)),
    pass: (ms: number) => {
      time += ms
    },
  }
}

describe('what an access mode lacks', () => {
  it.each([48001, 48002, 48004, 48005, 48006, 95011, 95012, 95017, 40058])(
    'is learned from the first %i, for every account, and tried again after an hour',
    async (errcode) => {
      const { refuse, run, operate, pass } = setUp()
      await refuse(errcode)
      pass(hourMs - 1)
      expect(await run('wk2')).toMatchObject({
        code: 'wecom.refused',
        details: { errcode, retryAfterMs: 1, rememberedAt: Date.UTC(2026, 10, 22) },
      })
      expect(operate).not.toHaveBeenCalled()
      pass(1)
      expect(await run('wk2')).toBeUndefined()
      expect(operate).toHaveBeenCalledOnce()
    },
  )

  it('is learned for one account alone from 48007', async () => {
    const { refuse, run } = setUp()
    await refuse(48007, 'wk1')
    expect(await run('wk1')).toMatchObject({ details: { errcode: 48007 } })
    expect(await run('wk2')).toBeUndefined()
  })

  it.each([95000, 95018, 45009, -1, 60020, 99999])('is not learned from %i', async (errcode) => {
    const { refuse, run } = setUp()
    await refuse(errcode)
    expect(await run()).toBeUndefined()
  })

  it('is not learned from a bad parameter of an endpoint that has answered before', async () => {
    const { refuse, run } = setUp()
    await run('wk1')
    await refuse(40058)
    expect(await run('wk1')).toBeUndefined()
    await refuse(48002)
    expect(await run('wk1')).toMatchObject({ details: { errcode: 48002 } })
  })

  it('says nothing about other endpoints', async () => {
    const { refuse, run } = setUp()
    await refuse(48002)
    expect(await run('wk1', 'kf/servicer/add')).toBeUndefined()
  })

  it('is known to other processes, and not with other credentials', async () => {
    const { refuse, store } = setUp()
    await refuse(48002)
    expect(await setUp(store).run()).toMatchObject({ details: { errcode: 48002 } })
    expect(await setUp(store, 'f2').run()).toBeUndefined()
  })

  it('reaches a process that runs already within a minute', async () => {
    const store = createMemoryAccessStore()
    const [one, two] = [setUp(store), setUp(store)]
    await two.run()
    await one.refuse(48002)
    two.pass(60_000)
    expect(await two.run()).toMatchObject({ details: { errcode: 48002 } })
  })

  it('can be shown and forgotten', async () => {
    const { refuse, run, memory } = setUp()
    await run('wk1', 'kf/servicer/add')
    await refuse(48002)
    expect(await memory.list()).toMatchObject([
      { endpoint: 'kf/servicer/add', errcode: 0 },
      { endpoint, account: '', errcode: 48002 },
    ])
    await memory.clear()
    expect(await memory.list()).toEqual([])
    expect(await run()).toBeUndefined()
  })

  it('costs no call when the database is away', async () => {
    const broken = () => Promise.reject(new Error('away'))
    const { run, refuse, log } = setUp({ list: broken, save: broken, clear: broken })
    expect(await run()).toBeUndefined()
    expect(await refuse(48002)).toMatchObject({ details: { errcode: 48002 } })
    expect(log.lines.map(({ name }) => name)).toContain('wecom.access-memory-unavailable')
  })
})

describe('a kind of message that one mode lacks', () => {
  it('is asked for once and then refused from memory for an hour, while other kinds go through', async () => {
    await using world = await startClientOnSimulator({ switches: { mode: 'wecom' } })
    const { client, simulator, pass } = world
    simulator.customerWrites({ ...customer, openKfId: 'wk1', text: '在吗' })
    const sendCard = (msgid: string) =>
      caught(
        client.sendMessage({ ...conversation, msgid, content: { type: 'business-card', userId: 'zhangsan' } }, never),
      )
    const calls = () => simulator.calls()['kf/send_msg']
    expect(await sendCard('c1')).toMatchObject({ details: { errcode: 40008 } })
    expect(calls()).toBe(1)
    expect(await sendCard('c2')).toMatchObject({ details: { errcode: 40008, retryAfterMs: expect.any(Number) } })
    expect(calls()).toBe(1)
    expect((await client.access.list()).map(({ endpoint: name, errcode }) => [name, errcode])).toEqual([
      ['kf/send_msg business-card', 40008],
    ])
    await client.sendText({ ...conversation, msgid: 't1', text: '您好' }, never)
    pass(hourMs)
    expect(await sendCard('c3')).toMatchObject({ details: { errcode: 40008 } })
    expect(calls()).toBe(3)
  })
})
