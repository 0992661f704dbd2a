import { describe, expect, it } from 'vitest'
import { HOUR_MS, SECOND_MS } from '../../simulator/clock.ts'
import { CUSTOMER, STRANGER, startSimulator } from './start-simulator.ts'

describe('customer/batchget', () => {
  it('knows who wrote or entered in 48 hours, and nobody else', async () => {
    const simulator = await startSimulator()
    simulator.addCustomer({ name: '路人', externalUserId: 'wmSilent', gender: 1 })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    simulator.customerEnters({ externalUserId: STRANGER, scene: 'web' })
    const external_userid_list = [CUSTOMER, STRANGER, 'wmSilent', 'wmNobody']
    const answer = await simulator.call('kf/customer/batchget', { external_userid_list })
    expect(answer).toMatchObject({
      customer_list: [
        { external_userid: CUSTOMER, nickname: '小雨', gender: 0 },
        { external_userid: STRANGER, nickname: '老李' },
      ],
      invalid_external_userid: ['wmSilent', 'wmNobody'],
    })
    simulator.moveClock({ ms: 48 * HOUR_MS + SECOND_MS })
    expect(await simulator.callLater('kf/customer/batchget', { external_userid_list: [CUSTOMER] })).toMatchObject({
      customer_list: [],
      invalid_external_userid: [CUSTOMER],
    })
  })

  it('tells how a customer came in when it is asked to', async () => {
    const simulator = await startSimulator()
    const wechatChannels = { nickname: '小店', scene: 1 }
    simulator.customerEnters({ externalUserId: CUSTOMER, scene: 'web', sceneParam: '7', wechatChannels })
    simulator.customerWrites({ externalUserId: STRANGER, text: '在吗' })
    const ask = (need_enter_session_context?: number) =>
      simulator.call('kf/customer/batchget', {
        external_userid_list: [CUSTOMER, STRANGER],
        need_enter_session_context,
      })
    const [entered, wrote] = (await ask(1)).customer_list as object[]
    expect(entered).toMatchObject({
      enter_session_context: { scene: 'web', scene_param: '7', wechat_channels: wechatChannels },
    })
    expect(wrote).not.toHaveProperty('enter_session_context')
    expect(((await ask(0)).customer_list as object[])[0]).not.toHaveProperty('enter_session_context')
  })

  it.each([true, false])('has a unionid where the platform is bound: %s', async (unionIds) => {
    const simulator = await startSimulator({ switches: { unionIds } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    const { customer_list } = await simulator.call('kf/customer/batchget', { external_userid_list: [CUSTOMER] })
    expect('unionid' in ((customer_list as object[])[0] ?? {})).toBe(unionIds)
  })

  it.each<[string, object, number]>([
    ['no list', {}, 40058],
    ['an empty list', { external_userid_list: [] }, 40058],
    ['101 customers', { external_userid_list: Array.from({ length: 101 }, (_, i) => `wm${i}`) }, 40058],
    ['a flag of 2', { external_userid_list: [CUSTOMER], need_enter_session_context: 2 }, 40058],
  ])('refuses %s', async (_name, body, errcode) => {
    const simulator = await startSimulator()
    expect(await simulator.call('kf/customer/batchget', body)).toMatchObject({ errcode })
  })
})
