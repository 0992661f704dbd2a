import { describe, expect, it } from 'vitest'
import { ACCOUNT, CUSTOMER, FOREIGN_ACCOUNT, OTHER_ACCOUNT, startSimulator, textTo } from './start-simulator.ts'

const listed = (answer: object) =>
  (answer as { account_list: { open_kfid: string; name: string; avatar: string; manage_privilege: boolean }[] })
    .account_list

describe('account/add', () => {
  it('makes an account that customers can write to at once', async () => {
    const simulator = await startSimulator()
    const media_id = await simulator.upload('image')
    const { open_kfid } = await simulator.call('kf/account/add', { name: '售后', media_id })
    expect(open_kfid).toMatch(/^wk\w+/)
    expect(listed(await simulator.call('kf/account/list'))).toContainEqual(
      expect.objectContaining({ open_kfid, name: '售后', manage_privilege: true }),
    )
    simulator.customerWrites({ openKfId: String(open_kfid), externalUserId: CUSTOMER, text: '在吗' })
    expect(await simulator.call('kf/send_msg', textTo('在', { open_kfid }))).toMatchObject({ errcode: 0 })
  })

  it('gives two accounts of one name two ids', async () => {
    const simulator = await startSimulator()
    const body = { name: '售后', media_id: await simulator.upload('image') }
    const ids = [await simulator.call('kf/account/add', body), await simulator.call('kf/account/add', body)]
    expect(new Set(ids.map(({ open_kfid }) => open_kfid)).size).toBe(2)
  })

  it.each<[string, object, number]>([
    ['no name', { name: '' }, 40058],
    ['a name of 17 characters', { name: '客'.repeat(17) }, 95006],
    ['no picture', { media_id: undefined }, 40058],
    ['a picture that was never uploaded', { media_id: 'nothing' }, 40007],
    ['a media_id of 129 bytes', { media_id: 'a'.repeat(129) }, 40058],
  ])('refuses %s', async (_name, fields, errcode) => {
    const simulator = await startSimulator()
    const media_id = await simulator.upload('image')
    expect(await simulator.call('kf/account/add', { name: '售后', media_id, ...fields })).toMatchObject({ errcode })
  })

  it('takes a name of 16 characters, an emoji being one', async () => {
    const simulator = await startSimulator()
    const media_id = await simulator.upload('image')
    expect(await simulator.call('kf/account/add', { name: '😀'.repeat(16), media_id })).toMatchObject({ errcode: 0 })
  })

  it('refuses a file that is no picture', async () => {
    const simulator = await startSimulator()
    const media_id = await simulator.upload('file')
    expect(await simulator.call('kf/account/add', { name: '售后', media_id })).toMatchObject({ errcode: 40007 })
  })

  it.each<[string, object, number, number]>([
    ['the company’s limit', { maxAccounts: 4 }, 1, 95005],
    ['ten of an unverified company', { corpVerified: false }, 7, 95027],
  ])('refuses one more than %s', async (_name, switches, fitting, errcode) => {
    const simulator = await startSimulator({ switches })
    const media_id = await simulator.upload('image')
    const add = (index: number) => simulator.call('kf/account/add', { name: `号${index}`, media_id })
    for (let i = 0; i < fitting; i += 1) expect(await add(i)).toMatchObject({ errcode: 0 })
    expect(await add(fitting)).toMatchObject({ errcode })
  })
})

describe('account/update', () => {
  it('changes what it names and leaves the rest', async () => {
    const simulator = await startSimulator()
    const [before] = listed(await simulator.call('kf/account/list'))
    await simulator.call('kf/account/update', { open_kfid: ACCOUNT, name: '新名' })
    const [renamed] = listed(await simulator.call('kf/account/list'))
    expect(renamed).toEqual({ ...before, name: '新名' })
    await simulator.call('kf/account/update', { open_kfid: ACCOUNT, media_id: await simulator.upload('image') })
    const [pictured] = listed(await simulator.call('kf/account/list'))
    expect(pictured?.name).toBe('新名')
    expect(pictured?.avatar).not.toBe(before?.avatar)
  })

  it.each<[string, object, number]>([
    ['no open_kfid', {}, 40058],
    ['an account of another app', { open_kfid: FOREIGN_ACCOUNT, name: '新名' }, 48007],
    ['a long name', { open_kfid: ACCOUNT, name: '客'.repeat(17) }, 95006],
    ['an unknown picture', { open_kfid: ACCOUNT, media_id: 'nothing' }, 40007],
  ])('refuses %s', async (_name, body, errcode) => {
    const simulator = await startSimulator()
    expect(await simulator.call('kf/account/update', body)).toMatchObject({ errcode })
  })
})

describe('account/del', () => {
  it('takes the account away for good', async () => {
    const simulator = await startSimulator()
    expect(await simulator.call('kf/account/del', { open_kfid: OTHER_ACCOUNT })).toMatchObject({ errcode: 0 })
    expect(await simulator.call('kf/sync_msg', { open_kfid: OTHER_ACCOUNT })).toMatchObject({ errcode: 95004 })
    expect(await simulator.call('kf/account/del', { open_kfid: OTHER_ACCOUNT })).toMatchObject({ errcode: 95004 })
    expect(listed(await simulator.call('kf/account/list'))).toHaveLength(1)
  })

  it('refuses an account of another app', async () => {
    const simulator = await startSimulator()
    expect(await simulator.call('kf/account/del', { open_kfid: FOREIGN_ACCOUNT })).toMatchObject({ errcode: 48007 })
  })
})

describe('account/list', () => {
  it.each([
    [false, [true, true]],
    [true, [true, true, false]],
  ])('shows accounts of other apps: %s', async (accountListShowsForeign, privileges) => {
    const simulator = await startSimulator({ switches: { accountListShowsForeign } })
    const accounts = listed(await simulator.call('kf/account/list'))
    expect(accounts.map(({ manage_privilege }) => manage_privilege)).toEqual(privileges)
  })
})
