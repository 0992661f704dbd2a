import { describe, expect, it } from 'vitest'
import { ENDPOINTS } from '../../simulator/api/endpoints.ts'
import { HOUR_MS, SECOND_MS } from '../../simulator/clock.ts'
import { ACCOUNT, CUSTOMER, SERVICER, STRANGER, startSimulator, textTo } from './start-simulator.ts'

const lacking = (mode: 'native' | 'wecom') =>
  Object.entries(ENDPOINTS).flatMap(([path, { lackedBy, methods = ['POST'] }]) =>
    lackedBy === mode ? [[path, methods[0] ?? ''] as const] : [],
  )

describe('native mode', () => {
  it('lacks what its documentation does not have', () => {
    expect(lacking('native').map(([path]) => path)).toEqual(
      expect.arrayContaining([
        'kf/service_state/trans',
        'kf/servicer/list',
        'kf/get_corp_statistic',
        'kf/knowledge/add_group',
      ]),
    )
    expect(lacking('wecom').map(([path]) => path)).toEqual(['kf/recall_msg'])
  })

  it.each(lacking('native'))('refuses %s as the switch says', async (path, method) => {
    const simulator = await startSimulator({ switches: { mode: 'native', lackingEndpointErrcode: 95011 } })
    const answer = () => (method === 'GET' ? simulator.get(path) : simulator.call(path))
    expect(await answer()).toMatchObject({ errcode: 95011 })
    simulator.setSwitches({ lackingEndpointErrcode: null })
    expect(await answer()).not.toMatchObject({ errcode: 95011 })
  })

  it('tells of no servicer and of no session, and lets both happen', async () => {
    const simulator = await startSimulator({ switches: { mode: 'native', lackingEndpointErrcode: null } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '人工' })
    const place = { open_kfid: ACCOUNT, external_userid: CUSTOMER }
    await simulator.call('kf/service_state/trans', { ...place, service_state: 2 })
    simulator.servicerActs({ act: 'take', openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER })
    expect(simulator.conversation({ externalUserId: CUSTOMER }).state).toBe(3)
    simulator.customerEnters({ externalUserId: STRANGER })
    const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })
    expect((msg_list as { event?: { event_type: string } }[]).flatMap(({ event }) => event?.event_type ?? [])).toEqual([
      'enter_session',
    ])
  })

  it.each(['link', 'business_card', 'msgmenu', 'meeting', 'calendar'])(
    'brings no %s of a customer',
    async (msgtype) => {
      const simulator = await startSimulator({ switches: { mode: 'native' } })
      expect(() => simulator.customerSends({ externalUserId: CUSTOMER, msgtype, body: {} })).toThrow('native')
      expect(simulator.written()).toEqual([])
    },
  )
})

describe('a business card', () => {
  const card = textTo('', { msgtype: 'business_card', business_card: { userid: SERVICER } })
  const start = async (switches = {}) => {
    const simulator = await startSimulator({ switches: { mode: 'native', ...switches } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '加个微信' })
    return simulator
  }

  it('is sent once in 48 hours', async () => {
    const simulator = await start()
    expect(await simulator.call('kf/send_msg', card)).toMatchObject({ errcode: 0 })
    expect(await simulator.call('kf/send_msg', card)).toMatchObject({ errcode: 95025 })
    simulator.moveClock({ ms: 48 * HOUR_MS + SECOND_MS })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '再发一次' })
    expect(await simulator.callLater('kf/send_msg', card)).toMatchObject({ errcode: 0 })
  })

  it('needs words of the customer’s own: a tap on a menu is none', async () => {
    const simulator = await startSimulator({ switches: { mode: 'native' } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '满意', menuId: '1' })
    expect(await simulator.call('kf/send_msg', card)).toMatchObject({ errcode: 95024 })
  })

  it('of nobody is refused', async () => {
    const simulator = await start()
    const nobody = { ...card, business_card: { userid: 'nobody' } }
    expect(await simulator.call('kf/send_msg', nobody)).toMatchObject({ errcode: 60111 })
  })

  it.each([
    [40008, 40008],
    [48002, 48002],
    [null, 0],
  ])('in WeCom mode with the switch at %s answers %i', async (lackingMsgtypeErrcode, errcode) => {
    const simulator = await start({ mode: 'wecom', lackingMsgtypeErrcode })
    expect(await simulator.call('kf/send_msg', card)).toMatchObject({ errcode })
  })
})

describe('recall_msg in WeCom mode', () => {
  it.each([
    [48002, 48002],
    [null, 0],
  ])('with the switch at %s answers %i', async (lackingEndpointErrcode, errcode) => {
    const simulator = await startSimulator({ switches: { lackingEndpointErrcode } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.call('kf/send_msg', textTo('好', { msgid: 'mine-1' }))
    expect(await simulator.call('kf/recall_msg', { msgid: 'mine-1', open_kfid: ACCOUNT })).toMatchObject({ errcode })
  })
})
