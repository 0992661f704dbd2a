import { describe, expect, it } from 'vitest'
import { type CallLimits, createCallLimits } from '../../simulator/call-limits.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../simulator/clock.ts'
import { switchesSchema } from '../../simulator/switches.ts'
import { startSimulator } from './start-simulator.ts'

describe('calls of one API', () => {
  it('beyond the limit of a minute are blocked for a minute; other APIs go on', async () => {
    const simulator = await startSimulator({ switches: { callsPerMinute: 3 }, clock: () => 1_800_000_000_000 })
    const list = () => simulator.call('kf/account/list')
    for (let i = 0; i < 3; i += 1) expect(await list()).toMatchObject({ errcode: 0 })
    simulator.moveClock({ ms: MINUTE_MS / 2 })
    expect(await list()).toMatchObject({ errcode: 45009 })
    expect(await simulator.get('getcallbackip')).toMatchObject({ errcode: 0 })
    simulator.moveClock({ ms: MINUTE_MS - 1 })
    expect(await list()).toMatchObject({ errcode: 45009 })
    simulator.moveClock({ ms: 1 })
    expect(await list()).toMatchObject({ errcode: 0 })
  })

  it('with debug=1 are five', async () => {
    const simulator = await startSimulator({ clock: () => 1_800_000_000_000 })
    const list = () => simulator.get('kf/account/list', { debug: '1' })
    for (let i = 0; i < 5; i += 1) expect(await list()).toMatchObject({ errcode: 0 })
    expect(await list()).toMatchObject({ errcode: 45009 })
    expect(await simulator.get('kf/account/list')).toMatchObject({ errcode: 0 })
  })

  it('carry an Error-Code header when the switch says so', async () => {
    const { apiBase, token, setSwitches } = await startSimulator()
    const header = async (path: string) =>
      (await fetch(`${apiBase}/${path}?access_token=${token}`)).headers.get('error-code')
    expect(await header('getcallbackip')).toBe(null)
    setSwitches({ errorCodeHeader: true })
    expect(await header('getcallbackip')).toBe('0')
    expect(await header('kf/send_msg')).toBe('40058')
  })
})

describe('uploaded pictures', () => {
  const refusal = (errcode: number) => expect.objectContaining({ details: { errcode } })
  const start = () => {
    const clock = { now: Date.UTC(2026, 10, 10, 4) }
    return { clock, limits: createCallLimits(() => clock.now, switchesSchema.parse({})) }
  }
  const count = (limits: CallLimits, times: number) => {
    for (let i = 0; i < times; i += 1) limits.countPicture()
  }

  it('are a thousand a day in China', () => {
    const { clock, limits } = start()
    count(limits, 1000)
    expect(() => limits.countPicture()).toThrow(refusal(45009))
    clock.now += 12 * HOUR_MS
    expect(() => limits.countPicture()).not.toThrow()
  })

  it('are three thousand in thirty days', () => {
    const { clock, limits } = start()
    for (let day = 0; day < 3; day += 1) {
      count(limits, 1000)
      clock.now += DAY_MS
    }
    expect(() => limits.countPicture()).toThrow(refusal(45009))
    clock.now += 27 * DAY_MS
    expect(() => limits.countPicture()).not.toThrow()
  })
})

describe('addresses', () => {
  it.each(['getcallbackip', 'get_api_domain_ip'])('%s names this machine', async (path) => {
    const simulator = await startSimulator()
    expect(await simulator.get(path)).toEqual({ errcode: 0, errmsg: 'ok', ip_list: ['127.0.0.1'] })
  })

  it('the old question about the company still has an answer', async () => {
    const simulator = await startSimulator()
    expect(await simulator.get('kf/get_corp_qualification')).toMatchObject({ wechat_channels_binding: true })
  })
})
