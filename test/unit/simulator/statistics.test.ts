import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../simulator/clock.ts'
import {
  ACCOUNT,
  CUSTOMER,
  FOREIGN_ACCOUNT,
  OTHER_ACCOUNT,
  SERVICER,
  STRANGER,
  startSimulator,
} from './start-simulator.ts'

/** Noon in China. */
const NOON = Date.UTC(2026, 10, 10, 4)
const DAY_START = NOON / 1000 - 12 * 3600
const start = (switches = {}) => startSimulator({ clock: () => NOON, switches })
const place = { open_kfid: ACCOUNT, external_userid: CUSTOMER }
const at = { openKfId: ACCOUNT, externalUserId: CUSTOMER }
const days = (from: number, to: number, fields: object = {}) => ({
  open_kfid: ACCOUNT,
  start_time: DAY_START + from * 86400,
  end_time: DAY_START + to * 86400,
  ...fields,
})

/** Two customers; one is answered by the assistant and then by a person, 30 s later. */
async function liveADay(simulator: Awaited<ReturnType<typeof start>>) {
  const send = (touser: string) =>
    simulator.call('kf/send_msg', { open_kfid: ACCOUNT, touser, msgtype: 'text', text: { content: '您好' } })
  simulator.customerWrites({ ...at, text: '在吗' })
  simulator.customerWrites({ openKfId: ACCOUNT, externalUserId: STRANGER, text: '在吗' })
  await send(CUSTOMER)
  await send(STRANGER)
  await simulator.call('kf/service_state/trans', { ...place, service_state: 3, servicer_userid: SERVICER })
  simulator.customerWrites({ ...at, text: '要人工' })
  simulator.moveClock({ ms: 30 * SECOND_MS })
  simulator.servicerActs({ act: 'write', ...at, servicerUserId: SERVICER, text: '我来' })
  simulator.configureUpgrade({ userIds: [SERVICER] })
  await simulator.call('kf/customer/upgrade_service', { ...place, type: 1, member: { userid: SERVICER } })
  simulator.customerAcceptsOffer({ ...at, kind: 'member' })
  simulator.servicerActs({ act: 'reject', ...at, servicerUserId: SERVICER, on: true })
}

describe('get_corp_statistic', () => {
  it('counts what happened on that day', async () => {
    const simulator = await start()
    await liveADay(simulator)
    simulator.moveClock({ ms: DAY_MS })
    expect(await simulator.callLater('kf/get_corp_statistic', days(0, 0))).toEqual({
      errcode: 0,
      errmsg: 'ok',
      statistic_list: [
        {
          stat_time: DAY_START,
          statistic: {
            session_cnt: 2,
            customer_cnt: 2,
            customer_msg_cnt: 3,
            upgrade_service_customer_cnt: 1,
            ai_session_reply_cnt: 2,
            ai_transfer_rate: 0.5,
            msg_rejected_customer_cnt: 1,
          },
        },
      ],
    })
  })

  it('without an account counts the whole company, a customer of two accounts once', async () => {
    const simulator = await start()
    for (const openKfId of [ACCOUNT, OTHER_ACCOUNT]) {
      simulator.customerWrites({ openKfId, externalUserId: CUSTOMER, text: '在吗' })
    }
    simulator.moveClock({ ms: DAY_MS })
    const body = days(0, 0, { open_kfid: undefined })
    expect(await simulator.callLater('kf/get_corp_statistic', body)).toMatchObject({
      statistic_list: [{ statistic: { session_cnt: 2, customer_cnt: 1, customer_msg_cnt: 2 } }],
    })
  })

  it('floors both times to days in China', async () => {
    const simulator = await start()
    simulator.customerWrites({ ...at, text: '在吗' })
    simulator.moveClock({ ms: 13 * HOUR_MS })
    simulator.customerWrites({ ...at, text: '一点了' })
    simulator.moveClock({ ms: 2 * DAY_MS })
    const body = days(0, 1)
    const answer = await simulator.callLater('kf/get_corp_statistic', {
      ...body,
      start_time: body.start_time + 3600,
      end_time: body.end_time + 86399,
    })
    expect(answer).toMatchObject({
      statistic_list: [
        { stat_time: DAY_START, statistic: { session_cnt: 1, customer_msg_cnt: 1 } },
        { stat_time: DAY_START + 86400, statistic: { session_cnt: 0, customer_msg_cnt: 1 } },
      ],
    })
  })

  it('has yesterday only from six in the morning', async () => {
    const simulator = await start()
    simulator.customerWrites({ ...at, text: '在吗' })
    simulator.moveClock({ ms: 17 * HOUR_MS + 59 * 60 * SECOND_MS })
    const ask = async () => (await simulator.callLater('kf/get_corp_statistic', days(0, 0))).statistic_list as object[]
    expect((await ask())[0]).not.toHaveProperty('statistic')
    simulator.moveClock({ ms: 60 * SECOND_MS })
    expect((await ask())[0]).toMatchObject({ statistic: { session_cnt: 1 } })
  })

  it.each([
    ['zeros', true],
    ['absent', false],
  ] as const)('gives a day of nothing as %s', async (emptyDayStatistic, isThere) => {
    const simulator = await start({ emptyDayStatistic })
    const { statistic_list } = await simulator.call('kf/get_corp_statistic', days(-1, -1))
    expect('statistic' in ((statistic_list as object[])[0] ?? {})).toBe(isThere)
  })

  it.each<[string, object, number]>([
    ['a whole month', days(-31, -1), 0],
    ['more than 31 days', days(-32, -1), 40058],
    ['today', days(-1, 0), 40058],
    ['180 days back', days(-180, -180), 0],
    ['181 days back', days(-181, -181), 40058],
    ['the wrong way round', days(-1, -2), 40058],
    ['no times', { open_kfid: ACCOUNT }, 40058],
    ['a time as text', days(-1, -1, { start_time: '1' }), 40058],
    ['an account of another app', days(-1, -1, { open_kfid: FOREIGN_ACCOUNT }), 48007],
  ])('of %s answers %#', async (_name, body, errcode) => {
    expect(await (await start()).call('kf/get_corp_statistic', body)).toMatchObject({ errcode })
  })
})

describe('get_servicer_statistic', () => {
  it('counts what a servicer did', async () => {
    const simulator = await start()
    await liveADay(simulator)
    simulator.moveClock({ ms: DAY_MS })
    const { statistic_list } = await simulator.callLater(
      'kf/get_servicer_statistic',
      days(0, 0, { servicer_userid: SERVICER }),
    )
    expect(statistic_list).toEqual([
      {
        stat_time: DAY_START,
        statistic: {
          session_cnt: 1,
          customer_cnt: 1,
          customer_msg_cnt: 1,
          reply_rate: 1,
          first_reply_average_sec: 30,
          satisfaction_investgate_cnt: 0,
          upgrade_service_customer_cnt: 1,
          upgrade_service_member_invite_cnt: 1,
          upgrade_service_member_customer_cnt: 1,
          upgrade_service_groupchat_invite_cnt: 0,
          upgrade_service_groupchat_customer_cnt: 0,
          msg_rejected_customer_cnt: 1,
        },
      },
    ])
    const others = await simulator.callLater('kf/get_servicer_statistic', days(0, 0, { servicer_userid: 'lisi' }))
    expect(others).toMatchObject({ statistic_list: [{ statistic: { session_cnt: 0 } }] })
  })

  it('refuses somebody who does not exist, and today', async () => {
    const simulator = await start()
    const ask = (body: object) => simulator.call('kf/get_servicer_statistic', body)
    expect(await ask(days(-1, -1, { servicer_userid: 'nobody' }))).toMatchObject({ errcode: 60111 })
    expect(await ask(days(0, 0))).toMatchObject({ errcode: 40058 })
  })
})
