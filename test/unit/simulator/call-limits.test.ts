import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '../../simulator/clock.ts'
import { startSimulator } from './start-simulator.ts'

describe('calls of one API', () => {
  it('beyond the limit of a minute are blocked for a minute; other APIs go on', async () => {
    const simulator = await startSimulator({ switches: { callsPerMinute: 3 }, clock: () => 1_800_000_000_000 })
    const list = () => simulator.call('kf/account/list')
    for (let i = 0; i < 3; i += 1) expect(await list()).toMatchObject({ errcode: 0 })
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
