import { describe, expect, it } from 'vitest'
import { HOUR_MS, SECOND_MS } from '../../simulator/clock.ts'
import {
  ACCOUNT,
  CUSTOMER,
  getToken,
  SERVICER,
  STRANGER,
  startSimulator,
  type TestSimulator,
  textTo,
} from './start-simulator.ts'

const place = { open_kfid: ACCOUNT, external_userid: CUSTOMER }
const trans = (simulator: TestSimulator, service_state: number, servicer_userid = SERVICER) =>
  simulator.call('kf/service_state/trans', { ...place, service_state, servicer_userid })
const onEvent = (simulator: TestSimulator, code: unknown, fields: object = {}, query?: string) =>
  simulator.call('kf/send_msg_on_event', { code, msgtype: 'text', text: { content: '欢迎' }, ...fields }, query)
const events = async (simulator: TestSimulator) => {
  const query = `access_token=${await getToken(simulator)}`
  const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT }, query)
  return (msg_list as { event?: Record<string, unknown> }[]).flatMap(({ event }) =>
    event === undefined ? [] : [event],
  )
}

/** Brings the conversation into a state by allowed changes. */
const startIn = async (state: number) => {
  const simulator = await startSimulator()
  if (state !== 4) simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
  if (state > 0 && state < 4) expect(await trans(simulator, state)).toMatchObject({ errcode: 0 })
  expect(simulator.conversation({ externalUserId: CUSTOMER }).state).toBe(state)
  return simulator
}

describe('service_state/trans', () => {
  const allowed = ['01', '02', '03', '04', '11', '12', '13', '14', '22', '23', '24', '33', '34']
  const all = [0, 1, 2, 3, 4].flatMap((from) => [0, 1, 2, 3, 4].map((to) => [from, to] as const))
  it.each(all)('from %i to %i follows the matrix', async (from, to) => {
    const simulator = await startIn(from)
    const isAllowed = allowed.includes(`${from}${to}`)
    const answer = await trans(simulator, to, from === 3 ? 'lisi' : SERVICER)
    expect(answer).toMatchObject({ errcode: isAllowed ? 0 : 95016 })
    expect(simulator.conversation({ externalUserId: CUSTOMER }).state).toBe(isAllowed ? to : from)
  })

  it.each<[string, object, number]>([
    ['no state', { ...place }, 40058],
    ['a state of 5', { ...place, service_state: 5 }, 40058],
    ['a person without a name', { ...place, service_state: 3 }, 40058],
    ['somebody who is no servicer', { ...place, service_state: 3, servicer_userid: 'nobody' }, 95014],
    ['an unknown customer', { ...place, external_userid: 'wmNobody', service_state: 2 }, 40096],
    ['an unknown account', { ...place, open_kfid: 'wkNobody', service_state: 2 }, 95004],
  ])('refuses %s', async (_name, body, errcode) => {
    const simulator = await startIn(0)
    expect(await simulator.call('kf/service_state/trans', body)).toMatchObject({ errcode })
  })

  it('refuses a servicer who has stopped receiving', async () => {
    const simulator = await startIn(0)
    simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId: SERVICER, receiving: false })
    expect(await trans(simulator, 3)).toMatchObject({ errcode: 95019 })
  })

  it('gives a code on the first change into the pool and on the end, and causes no event', async () => {
    const simulator = await startIn(0)
    expect(await trans(simulator, 2)).toHaveProperty('msg_code')
    expect(await trans(simulator, 2)).not.toHaveProperty('msg_code')
    expect(await trans(simulator, 4)).toHaveProperty('msg_code')
    expect(await events(simulator)).toEqual([])
  })
})

describe('service_state/get', () => {
  it('names the servicer in state 3 only', async () => {
    const simulator = await startIn(3)
    expect(await simulator.call('kf/service_state/get', place)).toMatchObject({
      service_state: 3,
      servicer_userid: SERVICER,
    })
    await trans(simulator, 4)
    expect(await simulator.call('kf/service_state/get', place)).toMatchObject({ service_state: 4, servicer_userid: '' })
  })

  it('is 4 before the customer has written and 48 hours after', async () => {
    const simulator = await startSimulator()
    const state = async () => simulator.call('kf/service_state/get', place, `access_token=${await getToken(simulator)}`)
    expect(await state()).toMatchObject({ service_state: 4 })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(await state()).toMatchObject({ service_state: 0 })
    simulator.moveClock({ ms: 48 * HOUR_MS + SECOND_MS })
    expect(await state()).toMatchObject({ service_state: 4 })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '又来了' })
    expect(await state()).toMatchObject({ service_state: 0 })
  })
})

describe('a welcome', () => {
  it('reaches the customer once, within 20 s, and costs none of the five', async () => {
    const simulator = await startSimulator()
    const { welcomeCode } = simulator.customerEnters({ externalUserId: CUSTOMER, scene: 'web' })
    expect(await onEvent(simulator, welcomeCode, { msgid: 'w1' })).toMatchObject({ errcode: 0, msgid: 'w1' })
    expect(simulator.delivered()).toMatchObject([
      { externalUserId: CUSTOMER, text: '欢迎', endpoint: 'kf/send_msg_on_event' },
    ])
    expect(await onEvent(simulator, welcomeCode)).toMatchObject({ errcode: 41050 })
    expect(simulator.refused()).toMatchObject([{ openKfId: ACCOUNT, externalUserId: CUSTOMER, errcode: 41050 }])
  })

  it.each<[string, number, object, number]>([
    ['after 20 s', 20 * SECOND_MS + 1000, {}, 41050],
    ['as a picture', 0, { msgtype: 'image', image: { media_id: 'x' } }, 40008],
    ['without text', 0, { text: { content: '' } }, 44004],
    ['with a msgid of a wrong form', 0, { msgid: '客' }, 40058],
  ])('is refused %s', async (_name, ms, fields, errcode) => {
    const simulator = await startSimulator()
    const { welcomeCode } = simulator.customerEnters({ externalUserId: CUSTOMER })
    simulator.moveClock({ ms })
    expect(await onEvent(simulator, welcomeCode, fields)).toMatchObject({ errcode })
    expect(simulator.delivered()).toEqual([])
  })

  it.each([41050, 95013])('is refused for a code that was never given, with %i', async (spentCodeErrcode) => {
    const simulator = await startSimulator({ switches: { spentCodeErrcode } })
    expect(await onEvent(simulator, 'nonsense')).toMatchObject({ errcode: spentCodeErrcode })
  })

  it('is offered only when there was no welcome and no message in 48 hours', async () => {
    const simulator = await startSimulator()
    const enter = (externalUserId = CUSTOMER) => simulator.customerEnters({ externalUserId }).welcomeCode
    const first = enter()
    expect(enter()).toBeDefined()
    await onEvent(simulator, first)
    expect(enter()).toBeUndefined()
    simulator.customerWrites({ externalUserId: STRANGER, text: '在吗' })
    expect(enter(STRANGER)).toBeUndefined()
    simulator.moveClock({ ms: 48 * HOUR_MS + SECOND_MS })
    expect([enter(), enter(STRANGER)]).toEqual([expect.any(String), expect.any(String)])
  })

  it('after the customer has begun to write is a switch', async () => {
    const simulator = await startSimulator({ switches: { welcomeAfterChat: 'refused' } })
    const { welcomeCode } = simulator.customerEnters({ externalUserId: CUSTOMER })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(await onEvent(simulator, welcomeCode)).toMatchObject({ errcode: 41051 })
    simulator.setSwitches({ welcomeAfterChat: 'accepted' })
    expect(await onEvent(simulator, welcomeCode)).toMatchObject({ errcode: 0 })
  })
})

describe('the code of a change of state', () => {
  it('lets one text through while the customer waits', async () => {
    const simulator = await startIn(1)
    const { msg_code } = await trans(simulator, 2)
    expect(await onEvent(simulator, msg_code, { msgtype: 'msgmenu', msgmenu: {} })).toMatchObject({ errcode: 40008 })
    expect(await onEvent(simulator, msg_code)).toMatchObject({ errcode: 0 })
    expect(await onEvent(simulator, msg_code)).toMatchObject({ errcode: 41050 })
  })

  it('is worth nothing once the session has moved on', async () => {
    const simulator = await startIn(1)
    const { msg_code } = await trans(simulator, 2)
    simulator.servicerActs({ act: 'take', openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER })
    expect(await onEvent(simulator, msg_code)).toMatchObject({ errcode: 95018 })
  })

  it('lets one menu through within 20 s of the end', async () => {
    const simulator = await startIn(1)
    const { msg_code } = await trans(simulator, 4)
    simulator.moveClock({ ms: 19 * SECOND_MS })
    const menu = { msgtype: 'msgmenu', msgmenu: { list: [{ type: 'click', click: { id: '1', content: '满意' } }] } }
    expect(await onEvent(simulator, msg_code, menu)).toMatchObject({ errcode: 0 })
  })
})

describe('a servicer', () => {
  it('takes, transfers, ends and reopens, each with its event', async () => {
    const simulator = await startIn(2)
    const who = { openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER }
    simulator.servicerActs({ act: 'take', ...who })
    simulator.servicerActs({ act: 'transfer', ...who, toUserId: 'lisi' })
    simulator.servicerActs({ act: 'end', ...who, servicerUserId: 'lisi' })
    simulator.servicerActs({ act: 'reopen', ...who })
    const changes = (await events(simulator)).map(
      ({ change_type, old_servicer_userid, new_servicer_userid, msg_code }) => [
        change_type,
        old_servicer_userid,
        new_servicer_userid,
        msg_code !== undefined,
      ],
    )
    expect(changes).toEqual([
      [1, undefined, SERVICER, true],
      [2, SERVICER, 'lisi', false],
      [3, 'lisi', undefined, true],
      [4, SERVICER, SERVICER, false],
    ])
    expect(simulator.conversation({ externalUserId: CUSTOMER })).toMatchObject({ state: 3, servicerUserId: SERVICER })
  })

  it('writes with origin 5 and opens an ended session again', async () => {
    const simulator = await startIn(1)
    await trans(simulator, 4)
    const who = { openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER }
    simulator.servicerActs({ act: 'write', ...who, text: '我来处理' })
    const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })
    expect((msg_list as object[]).at(-1)).toMatchObject({
      origin: 5,
      servicer_userid: SERVICER,
      text: { content: '我来处理' },
    })
    expect(await simulator.call('kf/send_msg', textTo())).toMatchObject({ errcode: 95018 })
  })

  it('sends any kind of message', async () => {
    const simulator = await startIn(3)
    const act = { act: 'send', openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER } as const
    simulator.servicerActs({ ...act, msgtype: 'business_card', body: { userid: SERVICER } })
    const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })
    expect((msg_list as object[]).at(-1)).toMatchObject({
      origin: 5,
      msgtype: 'business_card',
      business_card: { userid: SERVICER },
    })
  })

  it('cannot act for a customer who does not exist', async () => {
    const simulator = await startIn(1)
    const act = { act: 'reject', openKfId: ACCOUNT, externalUserId: 'wmNobody', servicerUserId: SERVICER } as const
    expect(() => simulator.servicerActs({ ...act, on: true })).toThrow('no such customer')
  })

  it('cannot transfer to nobody, nor to who has stopped', async () => {
    const simulator = await startIn(3)
    const act = { act: 'transfer', openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER } as const
    expect(() => simulator.servicerActs({ ...act, toUserId: 'nobody' })).toThrow('no such servicer')
    simulator.servicerActs({ act: 'status', openKfId: ACCOUNT, servicerUserId: 'lisi', receiving: false })
    expect(() => simulator.servicerActs({ ...act, toUserId: 'lisi' })).toThrow('stopped')
  })

  it('cannot take who is not waiting', async () => {
    const simulator = await startIn(1)
    const who = { openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER }
    expect(() => simulator.servicerActs({ act: 'take', ...who })).toThrow('state 1')
  })
})
