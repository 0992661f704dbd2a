import { describe, expect, it } from 'vitest'
import { ACCOUNT, CUSTOMER, SERVICER, STRANGER, startSimulator, type TestSimulator, textTo } from './start-simulator.ts'

const fails = async (simulator: TestSimulator) => {
  const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })
  return (msg_list as { event?: { event_type: string } }[]).flatMap(({ event }) =>
    event?.event_type === 'msg_send_fail' ? [event] : [],
  )
}
const start = async (switches = {}) => {
  const simulator = await startSimulator({ switches })
  simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
  return simulator
}

describe('an accepted message does not arrive', () => {
  it.each<[string, number, (simulator: TestSimulator) => unknown]>([
    ['when the customer has blocked the account', 10, (s) => s.customerBlocks({ externalUserId: CUSTOMER, on: true })],
    ['as the switches say', 13, (s) => s.setSwitches({ sendFailChance: 1, sendFailType: 13 })],
    [
      'as a fault says',
      4,
      (s) => s.addFault({ endpoint: 'kf/send_msg', action: { kind: 'undelivered', failType: 4 }, times: 1 }),
    ],
  ])('%s, and msg_send_fail tells', async (_name, fail_type, cause) => {
    const simulator = await start()
    cause(simulator)
    expect(await simulator.call('kf/send_msg', textTo('好', { msgid: 'mine-1' }))).toMatchObject({ errcode: 0 })
    expect(simulator.delivered()).toEqual([])
    expect(await fails(simulator)).toMatchObject([{ fail_msgid: 'mine-1', fail_type, external_userid: CUSTOMER }])
    expect(await simulator.call('kf/send_msg', textTo('好', { msgid: 'mine-1' }))).toMatchObject({ errcode: 95033 })
  })

  it('until the customer takes messages again', async () => {
    const simulator = await start()
    simulator.customerBlocks({ externalUserId: CUSTOMER, on: true })
    simulator.customerBlocks({ externalUserId: CUSTOMER, on: false })
    await simulator.call('kf/send_msg', textTo('好'))
    expect(simulator.delivered()).toHaveLength(1)
  })
})

describe('a customer whom a servicer has blocked', () => {
  it('writes to nobody until they are let in again', async () => {
    const simulator = await start()
    const act = { act: 'reject', openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER } as const
    simulator.servicerActs({ ...act, on: true })
    expect(simulator.customerWrites({ externalUserId: CUSTOMER, text: '喂' })).toEqual({ msgid: '' })
    expect(simulator.written()).toHaveLength(1)
    expect(simulator.chat({ externalUserId: CUSTOMER }).records.at(-1)).toMatchObject({ kind: 'blocked', text: '喂' })
    simulator.servicerActs({ ...act, on: false })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '好了' })
    expect(simulator.written()).toHaveLength(2)
  })
})

describe('an unverified company', () => {
  it('serves so many customers, and those for good', async () => {
    const simulator = await start({ corpVerified: false, unverifiedCustomers: 1 })
    simulator.customerWrites({ externalUserId: STRANGER, text: '在吗' })
    expect(await simulator.call('kf/send_msg', textTo('好'))).toMatchObject({ errcode: 0 })
    expect(await simulator.call('kf/send_msg', textTo('好', { touser: STRANGER }))).toMatchObject({ errcode: 95003 })
    expect(await simulator.call('kf/send_msg', textTo('好'))).toMatchObject({ errcode: 0 })
  })
})
