/**
 * Each endpoint in both directions: what is sent is understood, what comes back is understood, and what is refused is named. The
 * platform's unknowns are played in every position.
 */
import { describe, expect, it } from 'vitest'
import { addAccount } from '../../../../bridge/wecom/endpoints/add-account.ts'
import { addIntent } from '../../../../bridge/wecom/endpoints/add-intent.ts'
import { addKnowledgeGroup } from '../../../../bridge/wecom/endpoints/add-knowledge-group.ts'
import { addServicers } from '../../../../bridge/wecom/endpoints/add-servicers.ts'
import { cancelUpgrade } from '../../../../bridge/wecom/endpoints/cancel-upgrade.ts'
import { changeIntent } from '../../../../bridge/wecom/endpoints/change-intent.ts'
import { changeServiceState } from '../../../../bridge/wecom/endpoints/change-service-state.ts'
import { addSceneParam, createContactLink } from '../../../../bridge/wecom/endpoints/create-contact-link.ts'
import { getCorpQualification } from '../../../../bridge/wecom/endpoints/get-corp-qualification.ts'
import { getCorpStatistics } from '../../../../bridge/wecom/endpoints/get-corp-statistics.ts'
import { getServiceState } from '../../../../bridge/wecom/endpoints/get-service-state.ts'
import { getServicerStatistics } from '../../../../bridge/wecom/endpoints/get-servicer-statistics.ts'
import { getUpgradeTargets } from '../../../../bridge/wecom/endpoints/get-upgrade-targets.ts'
import { listApiAddresses } from '../../../../bridge/wecom/endpoints/list-api-addresses.ts'
import { listCallbackAddresses } from '../../../../bridge/wecom/endpoints/list-callback-addresses.ts'
import { listIntents } from '../../../../bridge/wecom/endpoints/list-intents.ts'
import { listKnowledgeGroups } from '../../../../bridge/wecom/endpoints/list-knowledge-groups.ts'
import { listServicers } from '../../../../bridge/wecom/endpoints/list-servicers.ts'
import { offerUpgrade } from '../../../../bridge/wecom/endpoints/offer-upgrade.ts'
import { recallMessage } from '../../../../bridge/wecom/endpoints/recall-message.ts'
import { removeAccount } from '../../../../bridge/wecom/endpoints/remove-account.ts'
import { removeIntent } from '../../../../bridge/wecom/endpoints/remove-intent.ts'
import { removeKnowledgeGroup } from '../../../../bridge/wecom/endpoints/remove-knowledge-group.ts'
import { removeServicers } from '../../../../bridge/wecom/endpoints/remove-servicers.ts'
import { renameKnowledgeGroup } from '../../../../bridge/wecom/endpoints/rename-knowledge-group.ts'
import { updateAccount } from '../../../../bridge/wecom/endpoints/update-account.ts'
import { uploadImage } from '../../../../bridge/wecom/endpoints/upload-image.ts'
import type { MediaFile, OutgoingContent } from '../../../../bridge/wecom/outgoing-content.ts'
import type { Switches } from '../../../simulator/switches.ts'
import { caught, conversation, customer, never, startClientOnSimulator } from './client-on-simulator.ts'

const png: MediaFile = { name: '头像.png', bytes: new Uint8Array(Buffer.from('\x89PNG\r\n\x1a\n and more', 'latin1')) }
const amr: MediaFile = { name: 'a.amr', bytes: new Uint8Array(Buffer.from(`#!AMR\n${'\x04'.repeat(130)}`)) }
const mp4: MediaFile = { name: 'a.mp4', bytes: new Uint8Array(Buffer.from('\0\0\0\x18ftypmp42 and more', 'latin1')) }
const pdf: MediaFile = { name: '报价 单.pdf', bytes: new Uint8Array(Buffer.from('%PDF-1.7 and more')) }
const dayMs = 24 * 3_600_000

async function withCustomer(switches: Partial<Switches> = {}) {
  const world = await startClientOnSimulator({ switches })
  world.simulator.customerWrites({ ...customer, text: '在吗' })
  return world
}

describe('accounts', () => {
  it('are added with a picture, renamed, listed and removed', async () => {
    await using world = await startClientOnSimulator()
    const mediaId = await world.client.uploadMedia('image', png, never)
    const openKfId = await world.call(addAccount, { name: '售后', mediaId })
    await world.call(updateAccount, { openKfId, name: '售后服务' })
    expect(await world.client.listAccounts(never)).toMatchObject([
      { openKfId: 'wk1', name: '客服', mayUse: true },
      { openKfId, name: '售后服务', avatar: expect.stringContaining(mediaId) },
    ])
    await world.call(removeAccount, { openKfId })
    expect(await world.client.listAccountIds(never)).toEqual(['wk1'])
  })

  it.each([
    ['a name of 17 characters', { name: '客'.repeat(17) }, { field: 'name', found: 17, limit: 16, errcode: 95006 }],
    ['no name', { name: '' }, { field: 'name', errcode: 95006 }],
    ['a media_id of 129 bytes', { mediaId: 'm'.repeat(129) }, { field: 'media_id', found: 129, limit: 128 }],
  ])('are refused before any call for %s', async (_name, change, details) => {
    await using world = await startClientOnSimulator()
    expect(await caught(world.call(addAccount, { name: '客服', mediaId: 'm', ...change }))).toMatchObject({
      code: 'wecom.refused',
      retryable: false,
      details,
    })
    expect(world.simulator.calls()['kf/account/add']).toBeUndefined()
  })

  it.each<[string, Partial<Switches>, number]>([
    ['the corp has its number', { maxAccounts: 1 }, 95005],
    ['the corp is not verified and has ten', { corpVerified: false }, 95027],
  ])('are refused when %s', async (_name, switches, errcode) => {
    const accounts = Array.from({ length: 10 }, (_, no) => ({ name: `${no}`, openKfId: `wk${no}` }))
    await using world = await startClientOnSimulator({ switches, accounts })
    const mediaId = await world.client.uploadMedia('image', png, never)
    expect(await caught(world.call(addAccount, { name: '客服', mediaId }))).toMatchObject({
      details: { errcode, action: 'alert' },
    })
  })

  it.each([true, false])('that the app may not use are left out, listed by the platform or not: %s', async (shows) => {
    await using world = await startClientOnSimulator({
      switches: { accountListShowsForeign: shows },
      accounts: [
        { name: 'a', openKfId: 'wk1' },
        { name: 'b', openKfId: 'wk2', authorised: false },
      ],
    })
    expect(await world.client.listAccountIds(never)).toEqual(['wk1'])
    expect(await caught(world.call(updateAccount, { openKfId: 'wk2', name: 'c' }))).toMatchObject({
      details: { errcode: 48007, action: 'alert' },
    })
  })
})

describe('links', () => {
  it.each(['', 'a=1&b=二 #?'])('bring their scene and the parameter %j back when a customer enters', async (param) => {
    await using world = await startClientOnSimulator()
    const url = await world.call(createContactLink, {
      openKfId: 'wk1',
      scene: 'shop_1',
      sceneParam: param || undefined,
    })
    world.simulator.customerOpensLink({ ...customer, url: param === '' ? url : addSceneParam(url, param) })
    const { messages } = await world.sync()
    expect(JSON.parse(messages[0]?.raw ?? '{}').event).toMatchObject({
      event_type: 'enter_session',
      scene: 'shop_1',
      scene_param: param,
    })
  })

  it.each([
    [{ scene: '商店' }, 'scene'],
    [{ scene: 's'.repeat(33) }, 'scene'],
    [{ sceneParam: 'a' }, 'scene'],
    [{ scene: 's', sceneParam: '参'.repeat(43) }, 'scene_param'],
  ])('are refused before any call with %j', async (input, field) => {
    await using world = await startClientOnSimulator()
    expect(await caught(world.call(createContactLink, { openKfId: 'wk1', ...input }))).toMatchObject({
      details: { field },
    })
    expect(world.simulator.calls()['kf/add_contact_way']).toBeUndefined()
  })
})

describe('servicers', () => {
  it('are added, listed with their states and removed, each with its own verdict', async () => {
    await using world = await startClientOnSimulator({
      members: [
        { userId: 'lisi', departments: [7] },
        { userId: 'far', visible: false },
      ],
    })
    const added = await world.call(addServicers, {
      openKfId: 'wk1',
      userIds: ['lisi', 'zhangsan', 'nobody', 'far'],
      departmentIds: [7],
    })
    expect(added).toEqual([
      { userId: 'lisi', departmentId: undefined, errcode: 0 },
      { userId: 'zhangsan', departmentId: undefined, errcode: 0 },
      { userId: 'nobody', departmentId: undefined, errcode: 60111 },
      { userId: 'far', departmentId: undefined, errcode: 60030 },
      { userId: undefined, departmentId: 7, errcode: 0 },
    ])
    world.simulator.servicerActs({
      act: 'status',
      openKfId: 'wk1',
      servicerUserId: 'zhangsan',
      receiving: false,
      stopType: 1,
    })
    expect(await world.call(listServicers, { openKfId: 'wk1' })).toEqual([
      { userId: 'zhangsan', departmentId: undefined, state: 'suspended' },
      { userId: 'lisi', departmentId: undefined, state: 'receiving' },
      { userId: undefined, departmentId: 7, state: undefined },
    ])
    await world.call(removeServicers, { openKfId: 'wk1', userIds: ['lisi'], departmentIds: [7] })
    expect(await world.call(listServicers, { openKfId: 'wk1' })).toHaveLength(1)
  })

  it.each([
    [addServicers, { userIds: [], departmentIds: [] }, 'userid_list'],
    [addServicers, { userIds: Array(101).fill('a') }, 'userid_list'],
    [addServicers, { departmentIds: Array(21).fill(1) }, 'department_id_list'],
    [removeServicers, { departmentIds: Array(101).fill(1) }, 'department_id_list'],
  ])('are refused before any call: %# %j', async (endpoint, lists, field) => {
    await using world = await startClientOnSimulator()
    expect(await caught(world.call(endpoint, { openKfId: 'wk1', ...lists }))).toMatchObject({ details: { field } })
    expect(world.simulator.calls()[endpoint.path]).toBeUndefined()
  })
})

describe('sessions', () => {
  it('go to the pool, to a person and to their end, with a code to say so', async () => {
    await using world = await withCustomer()
    const change = (state: 1 | 2 | 3 | 4, servicerUserId?: string) =>
      world.call(changeServiceState, { ...conversation, state, servicerUserId })
    const poolCode = await change(2)
    await world.client.sendOnEvent({ code: poolCode, msgid: 'e1', content: { type: 'text', text: '排队中' } }, never)
    await change(3, 'zhangsan')
    expect(await world.call(getServiceState, conversation)).toEqual({ state: 3, servicerUserId: 'zhangsan' })
    const endCode = await change(4)
    const menu = { type: 'menu', head: '满意吗', items: [{ type: 'click', text: '满意', id: 'ok' }] } as const
    expect(await world.client.sendOnEvent({ code: endCode, msgid: 'e2', content: menu }, never)).toBe('e2')
    expect(world.simulator.delivered()).toMatchObject([{ msgid: 'e1' }, { msgid: 'e2', msgtype: 'msgmenu' }])
  })

  it.each([41050, 40058])('take a code once (%i after that)', async (spentCodeErrcode) => {
    await using world = await withCustomer({ spentCodeErrcode })
    const code = await world.call(changeServiceState, { ...conversation, state: 2 })
    const send = (msgid: string) =>
      world.client.sendOnEvent({ code, msgid, content: { type: 'text', text: 'a' } }, never)
    await send('e1')
    expect(await caught(send('e2'))).toMatchObject({ retryable: false, details: { errcode: spentCodeErrcode } })
  })

  it.each([
    ['someone who is no servicer', 'lisi', {}, 95014, 'other-servicer'],
    ['a servicer who has stopped', 'zhangsan', { stop: true }, 95019, 'other-servicer'],
    ['a session that has ended', 'zhangsan', { end: true }, 95016, 'read-state'],
  ])('cannot go to %s', async (_name, servicerUserId, before: { stop?: boolean; end?: boolean }, errcode, action) => {
    await using world = await startClientOnSimulator({ members: [{ userId: 'lisi' }] })
    world.simulator.customerWrites({ ...customer, text: '在吗' })
    if (before.stop) {
      world.simulator.servicerActs({
        act: 'status',
        openKfId: 'wk1',
        servicerUserId: 'zhangsan',
        receiving: false,
        stopType: 0,
      })
    }
    if (before.end) await world.call(changeServiceState, { ...conversation, state: 4 })
    expect(await caught(world.call(changeServiceState, { ...conversation, state: 3, servicerUserId }))).toMatchObject({
      details: { errcode, action },
    })
  })
})

describe('messages', () => {
  const contents: [OutgoingContent, object][] = [
    [{ type: 'text', text: '您好' }, { msgtype: 'text' }],
    [{ type: 'image', media: png }, { msgtype: 'image' }],
    [{ type: 'voice', media: amr }, { msgtype: 'voice' }],
    [{ type: 'video', media: mp4 }, { msgtype: 'video' }],
    [{ type: 'file', media: pdf }, { msgtype: 'file' }],
    [
      { type: 'link', title: '标题', description: '描述', url: 'https://example.com/?a=1', thumb: png },
      { msgtype: 'link', body: { title: '标题', desc: '描述', url: 'https://example.com/?a=1' } },
    ],
    [
      { type: 'miniprogram', appId: 'wx0', title: '小程序', pagePath: 'pages/a.html?id=1', thumb: png },
      { msgtype: 'miniprogram', body: { appid: 'wx0', title: '小程序', pagepath: 'pages/a.html?id=1' } },
    ],
    [
      {
        type: 'menu',
        head: '请选择',
        items: [
          { type: 'click', id: 'a1', text: '退货' },
          { type: 'view', text: '官网', url: 'https://example.com' },
          { type: 'miniprogram', text: '下单', appId: 'wx0', pagePath: 'p.html' },
          { type: 'text', text: '或直接\n输入', noNewline: true },
        ],
        tail: '谢谢',
      },
      { msgtype: 'msgmenu' },
    ],
    [
      { type: 'location', latitude: 23.1, longitude: 113.3, name: '广州塔', address: '阅江西路' },
      { msgtype: 'location', body: { latitude: 23.1, longitude: 113.3, name: '广州塔', address: '阅江西路' } },
    ],
    [{ type: 'acquisition-link', url: 'https://work.weixin.qq.com/ca/cawcde' }, { msgtype: 'ca_link' }],
  ]

  it.each(contents)('of every type arrive: %#', async (content, delivered) => {
    await using world = await withCustomer()
    expect(await world.client.sendMessage({ ...conversation, msgid: 'm1', content }, never)).toBe('m1')
    expect(world.simulator.delivered()).toMatchObject([{ msgid: 'm1', ...delivered }])
    expect(world.simulator.refused()).toEqual([])
  })

  it('that would be refused upload nothing', async () => {
    await using world = await withCustomer()
    const content = { type: 'link', title: '', url: 'https://example.com', thumb: png } as const
    expect(await caught(world.client.sendMessage({ ...conversation, msgid: 'm1', content }, never))).toMatchObject({
      details: { field: 'link.title' },
    })
    expect(world.simulator.calls()['media/upload']).toBeUndefined()
  })

  it('are named by the platform when we name none', async () => {
    await using world = await withCustomer({ emptyMsgid: 'refused' })
    const content = { type: 'text', text: 'a' } as const
    const msgid = await world.client.sendMessage({ ...conversation, msgid: '', content }, never)
    expect(world.simulator.delivered()).toMatchObject([{ msgid }])
    expect(msgid).not.toBe('')
  })

  it('are uploaded once for many customers, and again after three days', async () => {
    await using world = await withCustomer()
    const send = (msgid: string) =>
      world.client.sendMessage({ ...conversation, msgid, content: { type: 'image', media: png } }, never)
    await send('m1')
    await send('m2')
    expect(world.simulator.calls()['media/upload']).toBe(1)
    world.pass(3 * dayMs)
    world.simulator.customerWrites({ ...customer, text: '再发一次' })
    await send('m3')
    expect(world.simulator.calls()['media/upload']).toBe(2)
    expect(world.simulator.refused()).toEqual([])
  })

  it.each([
    [40007, false],
    [40007, true],
    [40145, false],
    [40145, true],
  ] as const)(
    'are uploaded again when their id is refused with %i, msgid burnt by that: %s',
    async (errcode, burnt) => {
      await using world = await withCustomer({ refusedMsgidIsBurnt: burnt })
      const send = (msgid: string) =>
        world.client.sendMessage({ ...conversation, msgid, content: { type: 'file', media: pdf } }, never)
      await send('m1')
      if (burnt) {
        // The platform forgets the upload early, checks the id itself and takes the msgid for used.
        world.pass(60_000)
        world.simulator.moveClock({ ms: 4 * dayMs })
        world.simulator.setSwitches({ expiredMediaErrcode: errcode })
        world.simulator.customerWrites({ ...customer, text: '再发一次' })
      } else {
        world.simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'errcode', errcode }, times: 1 })
      }
      const msgid = await send('m2')
      expect(msgid === 'm2').toBe(!burnt)
      expect(world.simulator.delivered().map((message) => message.msgid)).toEqual(['m1', msgid])
      expect(world.simulator.calls()['media/upload']).toBe(2)
    },
  )

  it('have five places until the customer writes again, and 48 hours', async () => {
    await using world = await withCustomer()
    const send = (no: number) =>
      caught(
        world.client.sendMessage({ ...conversation, msgid: `m${no}`, content: { type: 'text', text: 'a' } }, never),
      )
    for (let no = 0; no < 5; no += 1) expect(await send(no)).toBe(`m${no}`)
    expect(await send(5)).toMatchObject({ details: { errcode: 95001, action: 'hand-over' } })
    world.pass(48 * 3_600_000 + 1)
    expect(await send(6)).toMatchObject({ code: 'wecom.refused', retryable: false })
  })

  it.each([10, 50])('as menus have as many items as the platform takes: %i', async (menuItems) => {
    await using world = await withCustomer({ menuItems })
    const items = Array.from({ length: 11 }, (_, no) => ({ type: 'text', text: `${no}` }) as const)
    const sent = caught(
      world.client.sendMessage({ ...conversation, msgid: 'm1', content: { type: 'menu', items } }, never),
    )
    expect(await sent).toEqual(menuItems === 50 ? 'm1' : expect.objectContaining({ code: 'wecom.refused' }))
  })

  it('are recalled within two minutes where the mode has it', async () => {
    await using world = await withCustomer({ mode: 'native' })
    const text = (msgid: string) => ({ ...conversation, msgid, content: { type: 'text', text: 'a' } }) as const
    await world.client.sendMessage(text('m1'), never)
    await world.client.sendMessage(text('m2'), never)
    await world.call(recallMessage, { openKfId: 'wk1', msgid: 'm1' })
    expect(await caught(world.call(recallMessage, { openKfId: 'wk1', msgid: 'none' }))).toMatchObject({
      details: { errcode: 95028 },
    })
    world.pass(121_000)
    expect(await caught(world.call(recallMessage, { openKfId: 'wk1', msgid: 'm2' }))).toMatchObject({
      details: { errcode: 95029 },
    })
  })

  it('carry a business card where the mode has it, one in 48 hours', async () => {
    await using world = await withCustomer({ mode: 'native' })
    const send = (msgid: string) =>
      caught(
        world.client.sendMessage(
          { ...conversation, msgid, content: { type: 'business-card', userId: 'zhangsan' } },
          never,
        ),
      )
    expect(await send('m1')).toBe('m1')
    expect(await send('m2')).toMatchObject({ details: { errcode: 95025, action: 'drop' } })
  })
})

describe('customers', () => {
  it('are asked for a hundred at a time, and kept', async () => {
    const customers = Array.from({ length: 230 }, (_, no) => ({ name: `客户${no}`, externalUserId: `wm${no}` }))
    await using world = await startClientOnSimulator({ customers })
    const ids = customers.map(({ externalUserId }) => externalUserId)
    for (const externalUserId of ids) world.simulator.customerEnters({ externalUserId, scene: 's', sceneParam: 'p' })
    const batch = await world.client.getCustomers([...ids, 'wmUnknown', 'wm7'], never)
    expect(batch.customers.map(({ nickname }) => nickname)).toEqual(customers.map(({ name }) => name))
    expect(batch.customers[0]).toMatchObject({ scene: 's', sceneParam: 'p', gender: 0 })
    expect(batch.invalidIds).toEqual(['wmUnknown'])
    expect(world.simulator.calls()['kf/customer/batchget']).toBe(3)
    expect(await world.client.getCustomers(ids, never)).toEqual({ customers: batch.customers, invalidIds: [] })
    expect(world.simulator.calls()['kf/customer/batchget']).toBe(3)
    await world.client.getCustomers(['wm0'], never, true)
    expect(world.simulator.calls()['kf/customer/batchget']).toBe(4)
    world.pass(10 * 60_000)
    await world.client.getCustomers(['wm0'], never)
    expect(world.simulator.calls()['kf/customer/batchget']).toBe(5)
  })

  it.each([true, false])('have a unionid or none: %s', async (unionIds) => {
    await using world = await withCustomer({ unionIds })
    const { customers } = await world.client.getCustomers(['wm1'], never)
    expect(customers[0]?.unionId === '').toBe(!unionIds)
  })

  it('are unknown when they were silent for 48 hours, until they write', async () => {
    await using world = await withCustomer()
    world.pass(48 * 3_600_000 + 1)
    expect(await world.client.getCustomers(['wm1'], never)).toEqual({ customers: [], invalidIds: ['wm1'] })
    world.simulator.customerWrites({ ...customer, text: '在吗' })
    expect(await world.client.getCustomers(['wm1'], never)).toMatchObject({ customers: [{ nickname: '客户' }] })
  })
})

describe('the upgrade of service', () => {
  it.each(['department_id_list', 'department_list'] as const)(
    'is configured with %s',
    async (upgradeDepartmentsKey) => {
      await using world = await withCustomer({ upgradeDepartmentsKey })
      world.simulator.configureUpgrade({ userIds: ['zhangsan'], departmentIds: [7], chatIds: ['wr1'] })
      expect(await world.call(getUpgradeTargets, undefined)).toEqual({
        userIds: ['zhangsan'],
        departmentIds: [7],
        groupChatIds: ['wr1'],
      })
    },
  )

  it('is offered and taken back', async () => {
    await using world = await withCustomer()
    world.simulator.configureUpgrade({ userIds: ['zhangsan'], chatIds: ['wr1'] })
    await world.call(offerUpgrade, { ...conversation, wording: '您好', to: { userId: 'zhangsan' } })
    await world.call(offerUpgrade, { ...conversation, to: { groupChatId: 'wr1' } })
    await world.call(cancelUpgrade, conversation)
    expect(world.simulator.records().records.filter(({ kind }) => kind === 'offered')).toMatchObject([
      { what: 'member', target: 'zhangsan', wording: '您好' },
      { what: 'groupchat', target: 'wr1', wording: '' },
      { what: 'cancelled' },
    ])
    expect(await caught(world.call(offerUpgrade, { ...conversation, to: { userId: 'lisi' } }))).toMatchObject({
      details: { errcode: 95021, action: 'alert' },
    })
  })
})

describe('statistics', () => {
  it.each(['zeros', 'absent'] as const)(
    'are there for days with and without anything: %s',
    async (emptyDayStatistic) => {
      await using world = await startClientOnSimulator({
        clock: () => Date.parse('2026-11-20T09:00:00+08:00'),
        switches: { emptyDayStatistic },
      })
      world.simulator.customerWrites({ ...customer, text: '在吗' })
      await world.client.sendText({ ...conversation, msgid: 'm1', text: '在' }, never)
      world.pass(2 * dayMs)
      const days = {
        openKfId: 'wk1',
        from: Date.parse('2026-11-20T12:00:00+08:00'),
        to: Date.parse('2026-11-21T00:00:00+08:00'),
      }
      const corp = await world.call(getCorpStatistics, days)
      expect(corp).toMatchObject([
        {
          day: Date.parse('2026-11-20T00:00:00+08:00'),
          values: { sessions: 1, customers: 1, customerMessages: 1, aiReplies: 1 },
        },
        { day: Date.parse('2026-11-21T00:00:00+08:00') },
      ])
      expect(corp[1]?.values).toEqual(emptyDayStatistic === 'absent' ? {} : expect.objectContaining({ sessions: 0 }))
      expect(await world.call(getServicerStatistics, { ...days, servicerUserId: 'zhangsan' })).toHaveLength(2)
    },
  )

  it.each([
    ['its end before its beginning', { from: dayMs * 2, to: dayMs }],
    ['32 days', { from: 0, to: 31 * dayMs }],
  ])('are refused before any call for %s', async (_name, days) => {
    await using world = await startClientOnSimulator()
    for (const endpoint of [getCorpStatistics, getServicerStatistics]) {
      expect(await caught(world.call(endpoint, { openKfId: 'wk1', ...days }))).toMatchObject({
        details: { field: 'end_time' },
      })
      expect(world.simulator.calls()[endpoint.path]).toBeUndefined()
    }
  })
})

describe('the knowledge base of the platform', () => {
  it('has groups', async () => {
    await using world = await startClientOnSimulator()
    const groupId = await world.call(addKnowledgeGroup, { name: '售后' })
    await world.call(renameKnowledgeGroup, { groupId, name: '售后服务' })
    const { items, hasMore } = await world.call(listKnowledgeGroups, {})
    expect(items).toContainEqual({ groupId, name: '售后服务', isDefault: false })
    expect(items.filter(({ isDefault }) => isDefault)).toHaveLength(1)
    expect(hasMore).toBe(false)
    await world.call(removeKnowledgeGroup, { groupId })
    expect((await world.call(listKnowledgeGroups, {})).items).toHaveLength(1)
  })

  it('is read page by page', async () => {
    await using world = await startClientOnSimulator()
    for (let no = 0; no < 5; no += 1) await world.call(addKnowledgeGroup, { name: `组${no}` })
    const names: string[] = []
    let cursor = ''
    for (;;) {
      const page = await world.call(listKnowledgeGroups, { cursor, limit: 2 })
      names.push(...page.items.map(({ name }) => name))
      if (!page.hasMore) break
      cursor = page.nextCursor
    }
    expect(names).toHaveLength(6)
  })

  it.each([true, false])('has intents, their parts nested or beside: %s', async (intentPartsNested) => {
    await using world = await startClientOnSimulator({ switches: { intentPartsNested } })
    const groupId = await world.call(addKnowledgeGroup, { name: '售后' })
    const mediaId = await world.client.uploadMedia('image', png, never)
    const thumbMediaId = mediaId
    const intentId = await world.call(addIntent, {
      groupId,
      question: '怎么退货',
      similarQuestions: ['退货流程', '如何退款'],
      answer: '七天内可退',
      attachments: [
        { type: 'image', mediaId },
        { type: 'link', title: '说明', url: 'https://example.com' },
        { type: 'miniprogram', appId: 'wx0', pagePath: 'a.html', thumbMediaId, title: '退货' },
      ],
    })
    const read = async () => (await world.call(listIntents, { groupId })).items
    expect(await read()).toEqual([
      {
        intentId,
        groupId,
        question: '怎么退货',
        similarQuestions: ['退货流程', '如何退款'],
        answers: [
          {
            text: '七天内可退',
            attachments: [
              { type: 'image', name: '头像.png' },
              { type: 'link', name: '说明' },
              { type: 'miniprogram', name: '退货' },
            ],
          },
        ],
      },
    ])
    await world.call(changeIntent, { intentId, similarQuestions: ['退'] })
    await world.call(changeIntent, { intentId, answer: { answer: '十天', attachments: [] } })
    expect(await read()).toMatchObject([
      { question: '怎么退货', similarQuestions: ['退'], answers: [{ text: '十天', attachments: [] }] },
    ])
    const twice = { groupId, question: '怎么退货', similarQuestions: [], answer: '否', attachments: [] }
    expect(await caught(world.call(addIntent, twice))).toMatchObject({ details: { errcode: 511020 } })
    await world.call(removeIntent, { intentId })
    expect(await read()).toEqual([])
  })

  it.each([
    ['a question of 201 characters', { question: '问'.repeat(201) }, 'question'],
    ['a similar question of 201', { similarQuestions: ['a', '问'.repeat(201)] }, 'similar_questions.items.1'],
    ['101 similar questions', { similarQuestions: Array(101).fill('a') }, 'similar_questions.items'],
    ['an answer of 501', { answer: '答'.repeat(501) }, 'answers.text.content'],
    ['5 attachments', { attachments: Array(5).fill({ type: 'image', mediaId: 'm' }) }, 'answers.attachments'],
  ])('refuses before any call %s', async (_name, change, field) => {
    await using world = await startClientOnSimulator()
    const input = { groupId: 'g', question: 'q', similarQuestions: [], answer: 'a', attachments: [], ...change }
    expect(await caught(world.call(addIntent, input))).toMatchObject({ details: { field } })
    expect(world.simulator.calls()['kf/knowledge/add_intent']).toBeUndefined()
  })
})

describe('files', () => {
  it.each([
    ['image', png],
    ['voice', amr],
    ['video', mp4],
    ['file', pdf],
  ] as const)('are uploaded as %s and come back as they were', async (type, file) => {
    await using world = await startClientOnSimulator()
    const mediaId = await world.client.uploadMedia(type, file, never)
    const { name, body, size } = await world.client.downloadMedia(mediaId, never)
    expect(name).toBe(file.name)
    expect(size).toBe(file.bytes.length)
    expect(new Uint8Array(Buffer.concat(await Array.fromAsync(body)))).toEqual(file.bytes)
  })

  it.each([true, false])('of 21 MB are downloaded in ranges, aligned or not: %s', async (mediaRangesBy16) => {
    await using world = await startClientOnSimulator({ switches: { mediaRangesBy16 } })
    const content = Buffer.alloc(21 * 1024 * 1024 + 7, 'kefu')
    const { mediaId } = world.simulator.addMedia({
      type: 'file',
      filename: 'a.bin',
      base64: content.toString('base64'),
    })
    const { body } = await world.client.downloadMedia(mediaId, never)
    expect(Buffer.concat(await Array.fromAsync(body)).equals(content)).toBe(true)
  })

  it.each([40007, 40145] as const)('are gone after three days (%i)', async (expiredMediaErrcode) => {
    await using world = await startClientOnSimulator({ switches: { expiredMediaErrcode } })
    const mediaId = await world.client.uploadMedia('file', pdf, never)
    world.pass(3 * dayMs + 1)
    expect(await caught(world.client.downloadMedia(mediaId, never))).toMatchObject({
      details: { errcode: expiredMediaErrcode, action: 'upload-again' },
    })
  })

  it('are downloaded with a new token when the old one was revoked', async () => {
    await using world = await startClientOnSimulator()
    const mediaId = await world.client.uploadMedia('file', pdf, never)
    world.pass(60_000)
    world.simulator.revokeAccessTokens()
    expect((await world.client.downloadMedia(mediaId, never)).size).toBe(pdf.bytes.length)
  })

  const bytes = (length: number, start = '') =>
    new Uint8Array(Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(length)]))
  it.each([
    ['image', bytes(10 * 1024 * 1024 + 1, '\xff\xd8'), 40009],
    ['image', bytes(100, 'GIF89a'), 40123],
    ['voice', bytes(2 * 1024 * 1024 + 1, '#!AMR\n'), 301016],
    ['voice', bytes(100, 'ID3'), 301017],
    ['video', bytes(10 * 1024 * 1024 + 1, '\0\0\0\x18ftyp'), 40011],
    ['video', bytes(100, 'RIFF'), 40004],
    ['file', bytes(20 * 1024 * 1024 + 1), 45001],
    ['file', bytes(5), 40006],
  ] as const)('are refused before any call: %s %#', async (type, content, errcode) => {
    await using world = await startClientOnSimulator()
    expect(await caught(world.client.uploadMedia(type, { name: 'a', bytes: content }, never))).toMatchObject({
      code: 'wecom.refused',
      details: { errcode, field: type },
    })
    expect(world.simulator.calls()['media/upload']).toBeUndefined()
  })

  it('get a lasting address from uploadimg', async () => {
    await using world = await startClientOnSimulator()
    expect(await world.call(uploadImage, png)).toMatch(/^https?:\/\//)
    expect(await caught(world.call(uploadImage, { name: 'a', bytes: bytes(2 * 1024 * 1024 + 1) }))).toMatchObject({
      details: { field: 'media', limit: 2 * 1024 * 1024 },
    })
  })
})

describe('the rest', () => {
  it('names the addresses of both directions', async () => {
    await using world = await startClientOnSimulator()
    for (const endpoint of [listCallbackAddresses, listApiAddresses]) {
      expect(await world.call(endpoint, undefined)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^[\d.*/]+$/)]),
      )
    }
  })

  it('says whether channels are bound', async () => {
    await using world = await startClientOnSimulator()
    expect(await world.call(getCorpQualification, undefined)).toEqual({ hasChannels: true })
  })
})

describe('an access mode', () => {
  const lackedByNative = [
    [listServicers, { openKfId: 'wk1' }],
    [getServiceState, conversation],
    [getUpgradeTargets, undefined],
    [getCorpStatistics, { openKfId: 'wk1', from: 0, to: 0 }],
    [listKnowledgeGroups, {}],
    [listIntents, {}],
    [getCorpQualification, undefined],
  ] as const

  it.each([48002, 48007, 95012, 40058])('that lacks endpoints, saying %i, is asked once an hour', async (errcode) => {
    await using world = await startClientOnSimulator({ switches: { mode: 'native', lackingEndpointErrcode: errcode } })
    for (const [endpoint, input] of lackedByNative as readonly (readonly [
      typeof listServicers,
      { openKfId: string },
    ])[]) {
      for (let no = 0; no < 3; no += 1) {
        expect(await caught(world.call(endpoint, input))).toMatchObject({ code: 'wecom.refused', details: { errcode } })
      }
      expect(world.simulator.calls()[endpoint.path]).toBe(1)
    }
    expect(await world.client.access.list()).toHaveLength(lackedByNative.length)
    world.pass(3_600_000)
    await caught(world.call(listServicers, { openKfId: 'wk1' }))
    expect(world.simulator.calls()[listServicers.path]).toBe(2)
  })

  it('that answers all the same is used', async () => {
    await using world = await startClientOnSimulator({ switches: { mode: 'native', lackingEndpointErrcode: null } })
    expect(await world.call(listServicers, { openKfId: 'wk1' })).toHaveLength(1)
  })

  it('does not make what both modes have wait for an hour', async () => {
    await using world = await withCustomer()
    world.simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'errcode', errcode: 48002 }, times: 1 })
    const send = (msgid: string) => world.client.sendText({ ...conversation, msgid, text: 'a' }, never)
    expect(await caught(send('m1'))).toMatchObject({ details: { errcode: 48002, action: 'alert' } })
    await send('m2')
  })
})

describe('limits of rate', () => {
  it('block one endpoint for its window after 45009, and no other', async () => {
    await using world = await withCustomer()
    world.simulator.addFault({ endpoint: 'kf/send_msg', action: { kind: 'errcode', errcode: 45009 }, times: 1 })
    const send = (msgid: string) => caught(world.client.sendText({ ...conversation, msgid, text: 'a' }, never))
    for (let no = 0; no < 10; no += 1) {
      expect(await send(`m${no}`)).toMatchObject({ retryable: true, details: { errcode: 45009, action: 'wait' } })
    }
    expect(world.simulator.calls()['kf/send_msg']).toBe(1)
    await world.sync()
    world.pass(60_000)
    expect(await send('m10')).toBeUndefined()
  })

  it('of pulls without a token hold up no pull that has one', async () => {
    await using world = await withCustomer({ tokenlessSyncsPerMinute: 1, tokenlessBudgetScope: 'corp' })
    await world.sync()
    expect(await caught(world.sync())).toMatchObject({ details: { errcode: 45009 } })
    const pulled = caught(world.client.syncMessages({ openKfId: 'wk1', cursor: '', token: 'ENCunknown' }, never))
    expect(await pulled).toMatchObject({ details: { errcode: 95007, action: 'pull-without-token' } })
  })
})
