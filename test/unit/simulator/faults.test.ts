import { describe, expect, it } from 'vitest'
import type { FaultAction } from '../../simulator/fault-table.ts'
import { ACCOUNT, CUSTOMER, startSimulator, textTo } from './start-simulator.ts'

const start = async (seed = 1) => {
  const simulator = await startSimulator({ seed })
  simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
  const post = (signal?: AbortSignal) =>
    fetch(`${simulator.apiBase}/kf/send_msg?access_token=${simulator.token}`, {
      method: 'POST',
      body: JSON.stringify(textTo('好', { msgid: 'mine-1' })),
      ...(signal === undefined ? {} : { signal }),
    })
  return { simulator, post }
}

describe('a fault', () => {
  it.each<[FaultAction, number, RegExp]>([
    [{ kind: 'errcode', errcode: -1 }, 200, /"errcode":-1,"errmsg":"system busy, hint/],
    [{ kind: 'errcode', errcode: 45009 }, 200, /"errcode":45009/],
    [{ kind: 'status', status: 502 }, 502, /upstream/],
    [{ kind: 'html', status: 200 }, 200, /^<html>/],
  ])('%j answers so and has no effect, once', async (action, status, body) => {
    const { simulator, post } = await start()
    simulator.addFault({ endpoint: 'kf/send_msg', action, times: 1 })
    const response = await post()
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(body)])
    expect(simulator.delivered()).toEqual([])
    expect(await (await post()).json()).toMatchObject({ errcode: 0 })
  })

  it('of an errcode is recorded as injected, with the customer', async () => {
    const { simulator, post } = await start()
    simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'errcode', errcode: 45009 } })
    await post()
    expect(simulator.refused()).toMatchObject([
      { errcode: 45009, injected: true, externalUserId: CUSTOMER, msgid: 'mine-1' },
    ])
  })

  it.each([
    ['cut-before', 0],
    ['cut-after', 1],
  ] as const)('%s ends the connection with %i messages delivered', async (kind, count) => {
    const { simulator, post } = await start()
    simulator.addFault({ endpoint: 'kf/send_msg', action: { kind }, times: 1 })
    await expect(post()).rejects.toThrow('fetch failed')
    expect(simulator.delivered()).toHaveLength(count)
    expect(await (await post()).json()).toMatchObject({ errcode: count === 0 ? 0 : 95033 })
  })

  it.each([
    [false, 0],
    [true, 1],
  ])('silence that takes effect: %s', async (takesEffect, count) => {
    const { simulator, post } = await start()
    simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'silence', takesEffect } })
    await expect(post(AbortSignal.timeout(150))).rejects.toThrow(/timeout/)
    expect(simulator.delivered()).toHaveLength(count)
  })

  it('delays, and lets a second rule decide', async () => {
    const { simulator, post } = await start()
    simulator.addFault({ action: { kind: 'delay', ms: 80 } })
    simulator.addFault({ action: { kind: 'status', status: 503 } })
    const startedAt = performance.now()
    expect((await post()).status).toBe(503)
    expect(performance.now() - startedAt).toBeGreaterThan(75)
  })

  it('on one endpoint leaves the others alone', async () => {
    const { simulator, post } = await start()
    simulator.addFault({ endpoint: 'kf/sync_msg', action: { kind: 'status', status: 500 } })
    expect((await post()).status).toBe(200)
  })

  it('can be taken back', async () => {
    const { simulator, post } = await start()
    const { id } = simulator.addFault({ action: { kind: 'status', status: 500 } })
    simulator.removeFault({ id })
    expect((await post()).status).toBe(200)
    simulator.addFault({ action: { kind: 'status', status: 500 } })
    simulator.clearFaults()
    expect(simulator.faults()).toEqual([])
  })

  it('with a probability falls the same way for the same seed', async () => {
    const outcomes = async (seed: number) => {
      const { simulator } = await start(seed)
      simulator.addFault({ endpoint: 'kf/account/list', action: { kind: 'errcode', errcode: -1 }, chance: 0.5 })
      const codes: unknown[] = []
      for (let i = 0; i < 30; i += 1) codes.push((await simulator.call('kf/account/list')).errcode)
      return codes
    }
    const [first, same, other] = [await outcomes(7), await outcomes(7), await outcomes(8)]
    expect(first).toEqual(same)
    expect(first).not.toEqual(other)
    expect(new Set(first)).toEqual(new Set([0, -1]))
  })
})

describe('a mishap of sync_msg', () => {
  it('an empty page, a cursor that does not move, another order', async () => {
    const { simulator } = await start(3)
    for (let i = 0; i < 9; i += 1) simulator.customerWrites({ externalUserId: CUSTOMER, text: String(i) })
    const endpoint = 'kf/sync_msg'
    const pull = (cursor?: unknown) =>
      simulator.call(endpoint, { open_kfid: ACCOUNT, limit: 5, ...(cursor ? { cursor } : {}) })
    const { next_cursor: cursor } = await pull()

    simulator.addFault({ endpoint, action: { kind: 'empty-page' }, times: 1 })
    const empty = await pull(cursor)
    expect(empty).toMatchObject({ has_more: 1, msg_list: [] })
    expect(empty.next_cursor).not.toBe(cursor)

    simulator.addFault({ endpoint, action: { kind: 'stuck-cursor' }, times: 1 })
    const stuck = await pull(empty.next_cursor)
    expect(stuck.next_cursor).toBe(empty.next_cursor)
    expect(stuck.msg_list).toHaveLength(5)

    simulator.addFault({ endpoint, action: { kind: 'shuffled-page' }, times: 1 })
    const shuffled = await pull(empty.next_cursor)
    expect(shuffled.msg_list).not.toEqual(stuck.msg_list)
    expect(new Set(shuffled.msg_list as object[])).toEqual(new Set(stuck.msg_list as object[]))
  })
})
