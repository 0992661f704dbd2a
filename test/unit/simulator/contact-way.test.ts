import { describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  CUSTOMER,
  FOREIGN_ACCOUNT,
  OTHER_ACCOUNT,
  startSimulator,
  type TestSimulator,
} from './start-simulator.ts'

const linkOf = async (simulator: TestSimulator, fields: object = {}) =>
  String((await simulator.call('kf/add_contact_way', { open_kfid: OTHER_ACCOUNT, ...fields })).url)
const entered = async (simulator: TestSimulator) => {
  const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: OTHER_ACCOUNT })
  return (msg_list as { event?: object }[]).map(({ event }) => event)
}

describe('add_contact_way', () => {
  it('gives a link by which a customer enters that account with scene and parameter', async () => {
    const simulator = await startSimulator()
    const url = await linkOf(simulator, { scene: 'poster_1' })
    expect(url).toMatch(/^https:\/\/work\.weixin\.qq\.com\/kfid\/kfc\w+\?enc_scene=\w+$/)
    const scene_param = '订单=7&来源 海报'
    simulator.customerOpensLink({
      externalUserId: CUSTOMER,
      url: `${url}&scene_param=${encodeURIComponent(scene_param)}`,
    })
    expect(await entered(simulator)).toEqual([
      {
        event_type: 'enter_session',
        open_kfid: OTHER_ACCOUNT,
        external_userid: CUSTOMER,
        scene: 'poster_1',
        scene_param,
        welcome_code: expect.any(String),
      },
    ])
  })

  it('gives a link without a scene', async () => {
    const simulator = await startSimulator()
    const url = await linkOf(simulator)
    expect(url).not.toContain('scene')
    simulator.customerOpensLink({ externalUserId: CUSTOMER, url })
    expect(await entered(simulator)).toMatchObject([{ scene: '', scene_param: '' }])
  })

  it.each<[string, object, number]>([
    ['no open_kfid', { open_kfid: undefined }, 40058],
    ['a scene of 33 characters', { scene: 'a'.repeat(33) }, 40058],
    ['a scene in Chinese', { scene: '海报' }, 40058],
    ['an account of another app', { open_kfid: FOREIGN_ACCOUNT }, 48007],
  ])('refuses %s', async (_name, fields, errcode) => {
    const simulator = await startSimulator()
    expect(await simulator.call('kf/add_contact_way', { open_kfid: ACCOUNT, ...fields })).toMatchObject({ errcode })
  })
})

describe('a link', () => {
  it.each<[string, (url: string) => string]>([
    ['of another site', () => 'https://example.com/kfid/kfcabc'],
    ['that nobody made', () => 'https://work.weixin.qq.com/kfid/kfcabc'],
    ['that was edited', (url) => url.replace('enc_scene=', 'enc_scene=x')],
    ['with a parameter of 129 bytes', (url) => `${url}&scene_param=${'a'.repeat(129)}`],
  ])('%s does not open', async (_name, edit) => {
    const simulator = await startSimulator()
    const url = edit(await linkOf(simulator, { scene: 'a' }))
    expect(() => simulator.customerOpensLink({ externalUserId: CUSTOMER, url })).toThrow(/no link|at most 128 bytes/)
    expect(await entered(simulator)).toEqual([])
  })

  it('without a scene takes no parameter', async () => {
    const simulator = await startSimulator()
    const url = `${await linkOf(simulator)}?scene_param=7`
    expect(() => simulator.customerOpensLink({ externalUserId: CUSTOMER, url })).toThrow('scene')
  })

  it('takes a parameter of 128 bytes before it is encoded', async () => {
    const simulator = await startSimulator()
    const url = await linkOf(simulator, { scene: 'a' })
    const scene_param = `${'客'.repeat(42)}12`
    simulator.customerOpensLink({
      externalUserId: CUSTOMER,
      url: `${url}&scene_param=${encodeURIComponent(scene_param)}`,
    })
    expect(await entered(simulator)).toMatchObject([{ scene_param }])
  })
})
