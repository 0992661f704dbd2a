import { describe, expect, it } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../simulator/clock.ts'
import { ACCOUNT, type Answer, CORP_ID, getToken, SECRET, startSimulator } from './start-simulator.ts'

const gettoken = async (apiBase: string, query: string) =>
  (await fetch(`${apiBase}/gettoken?${query}`)).json() as Promise<Answer>

describe('gettoken', () => {
  it.each([
    ['no corpid', `corpsecret=${SECRET}`, 41002],
    ['no secret', `corpid=${CORP_ID}`, 41004],
    ['another corp', `corpid=ww0000&corpsecret=${SECRET}`, 40013],
    ['a wrong secret', `corpid=${CORP_ID}&corpsecret=wrong`, 40001],
  ])('refuses %s', async (_name, query, errcode) => {
    const { apiBase } = await startSimulator()
    expect(await gettoken(apiBase, query)).toMatchObject({ errcode })
  })

  it('gives the same token while it is valid, and says how long', async () => {
    const simulator = await startSimulator()
    simulator.moveClock({ ms: HOUR_MS })
    const answer = await gettoken(simulator.apiBase, `corpid=${CORP_ID}&corpsecret=${SECRET}`)
    expect(answer).toMatchObject({ errcode: 0, access_token: simulator.token })
    expect(answer.expires_in).toBeGreaterThan(3590)
    expect(answer.expires_in).toBeLessThanOrEqual(3600)
  })

  it('gives a new one each time when the switch says so, and both are valid', async () => {
    const simulator = await startSimulator({ switches: { gettokenRepeats: false } })
    const next = await getToken(simulator)
    expect(next).not.toBe(simulator.token)
    for (const token of [next, simulator.token]) {
      expect(await simulator.call('kf/account/list', {}, `access_token=${token}`)).toMatchObject({ errcode: 0 })
    }
  })

  it('bans the address for an hour after too many wrong secrets in a row', async () => {
    const { apiBase, moveClock } = await startSimulator({ switches: { wrongSecretsUntilBan: 3 } })
    const wrong = `corpid=${CORP_ID}&corpsecret=wrong`
    for (let i = 0; i < 3; i += 1) expect(await gettoken(apiBase, wrong)).toMatchObject({ errcode: 40001 })
    const right = `corpid=${CORP_ID}&corpsecret=${SECRET}`
    expect(await gettoken(apiBase, right)).toMatchObject({ errcode: 45009 })
    moveClock({ ms: HOUR_MS })
    expect(await gettoken(apiBase, right)).toMatchObject({ errcode: 0 })
  })

  it('does not ban when a right secret came in between', async () => {
    const { apiBase } = await startSimulator({ switches: { wrongSecretsUntilBan: 2 } })
    const wrong = `corpid=${CORP_ID}&corpsecret=wrong`
    const right = `corpid=${CORP_ID}&corpsecret=${SECRET}`
    for (const query of [wrong, right, wrong, right]) await gettoken(apiBase, query)
    expect(await gettoken(apiBase, right)).toMatchObject({ errcode: 0 })
  })
})

describe('a Secret that is reset', () => {
  it('takes the old one and its tokens along', async () => {
    const simulator = await startSimulator()
    const { apiBase } = simulator
    simulator.resetSecret({ secret: 'another' })
    expect(await gettoken(apiBase, `corpid=${CORP_ID}&corpsecret=${SECRET}`)).toMatchObject({ errcode: 40001 })
    expect(await simulator.call('kf/account/list', {})).toMatchObject({ errcode: 40014 })
    const next = await gettoken(apiBase, `corpid=${CORP_ID}&corpsecret=another`)
    expect(await simulator.call('kf/account/list', {}, `access_token=${next.access_token}`)).toMatchObject({
      errcode: 0,
    })
  })
})

describe('the token of a call', () => {
  it.each([
    ['is missing', '', 41001],
    ['is empty', 'access_token=', 41001],
    ['was never issued', 'access_token=nonsense', 40014],
  ])('is refused when it %s', async (_name, query, errcode) => {
    const { call } = await startSimulator()
    expect(await call('kf/account/list', {}, query)).toMatchObject({ errcode })
  })

  it('in the body counts as missing', async () => {
    const { call, token } = await startSimulator()
    expect(await call('kf/account/list', { access_token: token }, '')).toMatchObject({ errcode: 41001 })
  })

  it('expires after two hours', async () => {
    const { call, moveClock } = await startSimulator()
    moveClock({ ms: 2 * HOUR_MS - MINUTE_MS })
    expect(await call('kf/account/list')).toMatchObject({ errcode: 0 })
    moveClock({ ms: MINUTE_MS })
    expect(await call('kf/account/list')).toMatchObject({ errcode: 42001 })
  })

  it.each([40014, 42001] as const)(
    'is answered with %i once it was revoked, and a new one is given',
    async (errcode) => {
      const simulator = await startSimulator({ switches: { revokedTokenErrcode: errcode } })
      simulator.revokeAccessTokens()
      expect(await simulator.call('kf/account/list')).toMatchObject({ errcode })
      const next = await getToken(simulator)
      expect(next).not.toBe(simulator.token)
      expect(await simulator.call('kf/account/list', {}, `access_token=${next}`)).toMatchObject({ errcode: 0 })
    },
  )

  it('is checked before anything in the body', async () => {
    const { call } = await startSimulator()
    expect(await call('kf/send_msg', 'not JSON', 'access_token=nonsense')).toMatchObject({ errcode: 40014 })
    expect(await call('kf/sync_msg', { open_kfid: ACCOUNT }, '')).toMatchObject({ errcode: 41001 })
  })
})
