import { describe, expect, it } from 'vitest'
import { ACCOUNT, CUSTOMER, FOREIGN_ACCOUNT, OTHER_ACCOUNT, SERVICER, startSimulator } from './start-simulator.ts'

const start = (switches = {}) =>
  startSimulator({
    switches,
    members: [
      { userId: 'wangwu', departments: [7] },
      { userId: 'hidden', visible: false },
      { userId: 'asleep', activated: false },
    ],
  })

describe('servicer/add', () => {
  it('answers for each entry on its own', async () => {
    const simulator = await start()
    const answer = await simulator.call('kf/servicer/add', {
      open_kfid: ACCOUNT,
      userid_list: ['wangwu', SERVICER, 'nobody', 'hidden', 'asleep'],
      department_id_list: [7, 99],
    })
    expect(answer).toMatchObject({
      errcode: 0,
      result_list: [
        { userid: 'wangwu', errcode: 0, errmsg: 'success' },
        { userid: SERVICER, errcode: 0, errmsg: 'ignored' },
        { userid: 'nobody', errcode: 60111 },
        { userid: 'hidden', errcode: 60030 },
        { userid: 'asleep', errcode: 95014 },
        { department_id: 7, errcode: 0, errmsg: 'success' },
        { department_id: 99, errcode: 60003 },
      ],
    })
  })

  it.each<[string, object, number]>([
    ['neither list', {}, 40058],
    ['101 members', { userid_list: Array.from({ length: 101 }, (_, i) => `u${i}`) }, 40058],
    ['21 departments', { department_id_list: Array.from({ length: 21 }, (_, i) => i + 1) }, 40058],
    ['a department that is a string', { department_id_list: ['7'] }, 40058],
    ['an account of another app', { open_kfid: FOREIGN_ACCOUNT, userid_list: ['wangwu'] }, 48007],
  ])('refuses %s', async (_name, fields, errcode) => {
    const simulator = await start()
    expect(await simulator.call('kf/servicer/add', { open_kfid: ACCOUNT, ...fields })).toMatchObject({ errcode })
  })

  it('refuses one more than an account may have', async () => {
    const simulator = await start({ maxServicers: 2 })
    const body = { open_kfid: ACCOUNT, userid_list: ['wangwu'] }
    expect(await simulator.call('kf/servicer/add', body)).toMatchObject({ result_list: [{ errcode: 95020 }] })
    const department = { open_kfid: ACCOUNT, department_id_list: [7] }
    expect(await simulator.call('kf/servicer/add', department)).toMatchObject({ result_list: [{ errcode: 95020 }] })
  })

  it('lets a member of an added department take customers', async () => {
    const simulator = await start()
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '人工' })
    const to = { open_kfid: ACCOUNT, external_userid: CUSTOMER, service_state: 3, servicer_userid: 'wangwu' }
    expect(await simulator.call('kf/service_state/trans', to)).toMatchObject({ errcode: 95014 })
    await simulator.call('kf/servicer/add', { open_kfid: ACCOUNT, department_id_list: [7] })
    expect(await simulator.call('kf/service_state/trans', to)).toMatchObject({ errcode: 0 })
  })
})

describe('servicer/del', () => {
  it('removes who is there and ignores who is not', async () => {
    const simulator = await start()
    const body = { open_kfid: ACCOUNT, userid_list: [SERVICER, 'wangwu', 'nobody'], department_id_list: [7] }
    expect(await simulator.call('kf/servicer/del', body)).toMatchObject({
      result_list: [
        { userid: SERVICER, errcode: 0, errmsg: 'success' },
        { userid: 'wangwu', errcode: 0, errmsg: 'ignored' },
        { userid: 'nobody', errcode: 60111 },
        { department_id: 7, errcode: 0, errmsg: 'ignored' },
      ],
    })
    expect(await simulator.get('kf/servicer/list', { open_kfid: ACCOUNT })).toMatchObject({
      servicer_list: [{ userid: 'lisi', status: 0 }],
    })
  })

  it.each([
    [100, 0],
    [101, 40058],
  ])('of %i departments answers %i', async (length, errcode) => {
    const simulator = await start()
    const department_id_list = Array.from({ length }, (_, i) => i + 1)
    const body = { open_kfid: ACCOUNT, department_id_list }
    expect(await simulator.call('kf/servicer/del', body)).toMatchObject({ errcode })
  })
})

describe('servicer/list', () => {
  it('counts statuses from 0, where the event counts them from 1', async () => {
    const simulator = await start()
    const stop = { act: 'status', openKfId: ACCOUNT, servicerUserId: SERVICER, receiving: false } as const
    simulator.servicerActs({ ...stop, stopType: 1 })
    await simulator.call('kf/servicer/add', { open_kfid: ACCOUNT, department_id_list: [7] })
    expect(await simulator.get('kf/servicer/list', { open_kfid: ACCOUNT })).toEqual({
      errcode: 0,
      errmsg: 'ok',
      servicer_list: [
        { userid: SERVICER, status: 1, stop_type: 1 },
        { userid: 'lisi', status: 0 },
        { department_id: 7 },
      ],
    })
    const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })
    expect(msg_list).toMatchObject([
      { event: { event_type: 'servicer_status_change', servicer_userid: SERVICER, status: 2, stop_type: 1 } },
    ])
  })

  it('is a GET with the account in the query', async () => {
    const simulator = await start()
    expect(await simulator.call('kf/servicer/list', { open_kfid: ACCOUNT })).toMatchObject({ errcode: 40058 })
    expect(await simulator.get('kf/servicer/list')).toMatchObject({ errcode: 40058 })
    expect(await simulator.get('kf/servicer/list', { open_kfid: OTHER_ACCOUNT })).toMatchObject({ servicer_list: [] })
  })
})

describe('a change to a person', () => {
  it.each([
    ['hidden', 60030],
    ['asleep', 95014],
  ])('is refused for %s, who is a servicer by name', async (servicer_userid, errcode) => {
    const simulator = await startSimulator({
      accounts: [{ name: '一号', openKfId: ACCOUNT, servicers: [servicer_userid] }],
    })
    simulator.addMember({ userId: servicer_userid, visible: errcode !== 60030, activated: errcode !== 95014 })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '人工' })
    const to = { open_kfid: ACCOUNT, external_userid: CUSTOMER, service_state: 3, servicer_userid }
    expect(await simulator.call('kf/service_state/trans', to)).toMatchObject({ errcode })
  })
})
