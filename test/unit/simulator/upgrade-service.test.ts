import { describe, expect, it } from 'vitest'
import { ACCOUNT, CUSTOMER, SERVICER, startSimulator } from './start-simulator.ts'

const place = { open_kfid: ACCOUNT, external_userid: CUSTOMER }
const start = async (switches = {}) => {
  const simulator = await startSimulator({ switches, members: [{ userId: 'wangwu', departments: [7] }] })
  simulator.configureUpgrade({ userIds: [SERVICER], departmentIds: [7], chatIds: ['wrChat'] })
  return simulator
}

describe('customer/upgrade_service', () => {
  it.each<[string, object, object]>([
    ['a member', { type: 1, member: { userid: SERVICER, wording: '专属顾问' } }, { what: 'member', target: SERVICER }],
    ['a member of an allowed department', { type: 1, member: { userid: 'wangwu' } }, { target: 'wangwu', wording: '' }],
    ['a group chat', { type: 2, groupchat: { chat_id: 'wrChat', wording: '会员群' } }, { what: 'groupchat' }],
  ])('offers %s to the customer', async (_name, fields, record) => {
    const simulator = await start()
    expect(await simulator.call('kf/customer/upgrade_service', { ...place, ...fields })).toMatchObject({ errcode: 0 })
    const { records } = simulator.chat({ externalUserId: CUSTOMER })
    expect(records).toMatchObject([{ kind: 'offered', ...record }])
  })

  it.each<[string, object, number]>([
    ['a member whom the console did not allow', { type: 1, member: { userid: 'lisi' } }, 95021],
    ['a chat that the console did not allow', { type: 2, groupchat: { chat_id: 'wrOther' } }, 95021],
    ['a type of 3', { type: 3, groupchat: { chat_id: 'wrChat' } }, 40058],
    ['a type without its part', { type: 1 }, 40058],
    ['an unknown customer', { type: 2, groupchat: { chat_id: 'wrChat' }, external_userid: 'wmNobody' }, 40096],
    ['an unknown account', { type: 2, groupchat: { chat_id: 'wrChat' }, open_kfid: 'wkNobody' }, 95004],
  ])('refuses %s', async (_name, fields, errcode) => {
    const simulator = await start()
    expect(await simulator.call('kf/customer/upgrade_service', { ...place, ...fields })).toMatchObject({ errcode })
  })
})

describe('customer/cancel_upgrade_service', () => {
  it('takes the offer back', async () => {
    const simulator = await start()
    expect(await simulator.call('kf/customer/cancel_upgrade_service', place)).toMatchObject({ errcode: 0 })
    expect(simulator.chat({ externalUserId: CUSTOMER }).records).toMatchObject([{ kind: 'offered', what: 'cancelled' }])
    const wrong = { ...place, external_userid: 'wmNobody' }
    expect(await simulator.call('kf/customer/cancel_upgrade_service', wrong)).toMatchObject({ errcode: 40096 })
  })
})

describe('customer/get_upgrade_service_config', () => {
  it.each(['department_id_list', 'department_list'] as const)('names departments %s', async (upgradeDepartmentsKey) => {
    const simulator = await start({ upgradeDepartmentsKey })
    expect(await simulator.get('kf/customer/get_upgrade_service_config')).toEqual({
      errcode: 0,
      errmsg: 'ok',
      member_range: { userid_list: [SERVICER], [upgradeDepartmentsKey]: [7] },
      groupchat_range: { chat_id_list: ['wrChat'] },
    })
  })
})
