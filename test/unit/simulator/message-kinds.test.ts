import { describe, expect, it } from 'vitest'
import { ACCOUNT, CUSTOMER, SERVICER, startSimulator, type TestSimulator, textTo } from './start-simulator.ts'

const pulled = async (simulator: TestSimulator) =>
  (await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })).msg_list as Record<string, unknown>[]

describe('a customer’s message', () => {
  const merged = (items: object[]) => ({
    title: '群聊的聊天记录',
    item: items.map((content) => ({
      send_time: 1665649618,
      msgtype: (content as { msgtype: string }).msgtype,
      sender_name: '小李',
      msg_content: JSON.stringify(content),
    })),
  })
  it.each<[string, unknown]>([
    ['text', { content: 'hello' }],
    ['image', { media_id: 'm' }],
    ['voice', { media_id: 'm' }],
    ['video', { media_id: 'm' }],
    ['file', { media_id: 'm' }],
    ['location', { latitude: 23.106021881103501, longitude: 113.320503234863, name: '塔', address: '路' }],
    ['link', { title: '题', desc: '述', url: 'https://example.com', pic_url: '' }],
    ['business_card', { userid: 'zhangsan' }],
    ['miniprogram', { title: '会员', appid: 'wx1', pagepath: 'a.html', thumb_media_id: 'm' }],
    [
      'msgmenu',
      { head_content: '选', list: [{ type: 'click', click: { id: '101', content: '好' } }], tail_content: '' },
    ],
    ['channels_shop_product', { product_id: '1', title: '杯', sales_price: '990', shop_nickname: '店' }],
    ['channels_shop_order', { order_id: '1', product_titles: '杯', price_wording: '¥9.90', state: '待发货' }],
    [
      'merged_msg',
      merged([
        { msgtype: 'text', text: { content: '好' } },
        { msgtype: 'file', file: { media_id: 'm' } },
      ]),
    ],
    [
      'merged_msg',
      merged([{ msgtype: 'merged_msg', merged_msg: merged([{ msgtype: 'image', image: { media_id: 'm' } }]) }]),
    ],
    ['channels', { sub_type: 1, nickname: '号', title: '题' }],
    ['meeting', undefined],
    ['calendar', undefined],
    ['note', undefined],
    ['something_new', { a: 1 }],
  ])('of type %s is pulled as it was sent', async (msgtype, body) => {
    const simulator = await startSimulator()
    const { msgid } = simulator.customerSends({ externalUserId: CUSTOMER, msgtype, body })
    expect(await pulled(simulator)).toEqual([
      {
        msgid,
        open_kfid: ACCOUNT,
        external_userid: CUSTOMER,
        send_time: expect.any(Number),
        origin: 3,
        msgtype,
        ...(body === undefined ? {} : { [msgtype]: body }),
      },
    ])
  })

  it('that is a tap names the item', async () => {
    const simulator = await startSimulator()
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '满意', menuId: '101' })
    expect(await pulled(simulator)).toMatchObject([{ msgtype: 'text', text: { content: '满意', menu_id: '101' } }])
  })
})

describe('an event', () => {
  const who = { openKfId: ACCOUNT, externalUserId: CUSTOMER, servicerUserId: SERVICER }
  it.each<[string, (simulator: TestSimulator) => unknown, object]>([
    [
      'enter_session',
      (simulator) =>
        simulator.customerEnters({
          externalUserId: CUSTOMER,
          scene: 's',
          sceneParam: 'p',
          wechatChannels: { scene: 4 },
        }),
      { scene: 's', scene_param: 'p', wechat_channels: { scene: 4 }, welcome_code: expect.any(String) },
    ],
    [
      'user_recall_msg',
      (simulator) => simulator.customerRecalls({ externalUserId: CUSTOMER, msgid: 'm1' }),
      { recall_msgid: 'm1' },
    ],
    [
      'servicer_recall_msg',
      (simulator) => simulator.servicerActs({ act: 'recall', ...who, msgid: 'm1' }),
      { recall_msgid: 'm1', servicer_userid: SERVICER },
    ],
    [
      'reject_customer_msg_switch_change',
      (simulator) => simulator.servicerActs({ act: 'reject', ...who, on: true }),
      { servicer_userid: SERVICER, reject_switch: 1 },
    ],
  ])('%s carries its fields, and no ids beside them', async (event_type, cause, fields) => {
    const simulator = await startSimulator()
    cause(simulator)
    expect(await pulled(simulator)).toEqual([
      {
        msgid: expect.any(String),
        send_time: expect.any(Number),
        origin: 4,
        msgtype: 'event',
        event: { event_type, open_kfid: ACCOUNT, external_userid: CUSTOMER, ...fields },
      },
    ])
  })
})

describe('send_msg', () => {
  const start = async () => {
    const simulator = await startSimulator({ switches: { mode: 'native' } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    return simulator
  }
  const send = (simulator: TestSimulator, msgtype: string, body: unknown) =>
    simulator.call('kf/send_msg', textTo('', { msgtype, [msgtype]: body }))

  it.each<[string, (media: string) => object]>([
    ['text', () => ({ content: '好' })],
    ['link', (thumb_media_id) => ({ title: '题', desc: '述', url: 'https://example.com/a', thumb_media_id })],
    ['miniprogram', (thumb_media_id) => ({ appid: 'wx12', title: '会员', thumb_media_id, pagepath: 'a.html?b=1' })],
    ['location', () => ({ name: '塔', address: '路', latitude: 23.1, longitude: 113.3 })],
    ['ca_link', () => ({ link_url: 'https://work.weixin.qq.com/ca/cawcdeabc' })],
    ['business_card', () => ({ userid: SERVICER })],
    [
      'msgmenu',
      () => ({
        head_content: '请选',
        list: [
          { type: 'click', click: { id: '1', content: '好' } },
          { type: 'view', view: { url: 'https://example.com', content: '看' } },
          { type: 'miniprogram', miniprogram: { appid: 'wx1', pagepath: 'a.html', content: '开' } },
          { type: 'text', text: { content: '一行\n两行', no_newline: 1 } },
        ],
        tail_content: '谢谢',
      }),
    ],
  ])('delivers a %s as it is', async (msgtype, bodyOf) => {
    const simulator = await start()
    const body = bodyOf(await simulator.upload('image'))
    expect(await send(simulator, msgtype, body)).toMatchObject({ errcode: 0 })
    expect(simulator.delivered()).toMatchObject([{ msgtype, body, cut: false }])
  })

  it.each(['image', 'voice', 'video', 'file'] as const)('delivers a %s that was uploaded as one', async (msgtype) => {
    const simulator = await start()
    expect(await send(simulator, msgtype, { media_id: await simulator.upload(msgtype) })).toMatchObject({ errcode: 0 })
    const other = await simulator.upload(msgtype === 'file' ? 'image' : 'file')
    expect(await send(simulator, msgtype, { media_id: other })).toMatchObject({ errcode: 40007 })
    expect(await send(simulator, msgtype, {})).toMatchObject({ errcode: 40058 })
  })

  it('cuts titles and descriptions by bytes and says so', async () => {
    const simulator = await start()
    const thumb_media_id = await simulator.upload('image')
    const url = 'https://example.com'
    await send(simulator, 'link', { title: '客'.repeat(43), desc: '述'.repeat(171), url, thumb_media_id })
    await send(simulator, 'miniprogram', { appid: 'wx1', title: '客'.repeat(22), thumb_media_id, pagepath: 'a.html' })
    expect(simulator.delivered()).toMatchObject([
      { cut: true, body: { title: '客'.repeat(42), desc: '述'.repeat(170) } },
      { cut: true, body: { title: '客'.repeat(21) } },
    ])
  })

  it.each<[string, string, (media: string) => object, number]>([
    ['a mini programme without its picture', 'miniprogram', () => ({ appid: 'wx1', pagepath: 'a.html' }), 40058],
    ['a page that is none', 'miniprogram', (m) => ({ appid: 'wx1', thumb_media_id: m, pagepath: 'a' }), 40058],
    ['an appid that is none', 'miniprogram', (m) => ({ appid: 'x', thumb_media_id: m, pagepath: 'a.html' }), 90207],
    ['a link for new customers of another site', 'ca_link', () => ({ link_url: 'https://example.com/ca/1' }), 40039],
    ['a place that is text', 'location', () => ({ latitude: '1', longitude: 2 }), 95022],
    ['a head of 1025 bytes', 'msgmenu', () => ({ head_content: 'a'.repeat(1025), list: [] }), 40058],
    ['a tail of 1025 bytes', 'msgmenu', () => ({ tail_content: 'a'.repeat(1025), list: [] }), 40058],
    [
      'a tap of 129 bytes',
      'msgmenu',
      () => ({ list: [{ type: 'click', click: { content: 'a'.repeat(129) } }] }),
      40058,
    ],
    ['a list that is none', 'msgmenu', () => ({ list: 'x' }), 40058],
    ['an item that is none', 'msgmenu', () => ({ list: [null] }), 95009],
    ['a tap without words', 'msgmenu', () => ({ list: [{ type: 'click', click: { id: '1' } }] }), 40058],
    ['a view without http', 'msgmenu', () => ({ list: [{ type: 'view', view: { url: 'x', content: 'a' } }] }), 40094],
    ['a line of 257 bytes', 'msgmenu', () => ({ list: [{ type: 'text', text: { content: 'a'.repeat(257) } }] }), 40058],
    [
      'an odd line break',
      'msgmenu',
      () => ({ list: [{ type: 'text', text: { content: 'a', no_newline: 2 } }] }),
      40058,
    ],
  ])('refuses %s', async (_name, msgtype, bodyOf, errcode) => {
    const simulator = await start()
    expect(await send(simulator, msgtype, bodyOf(await simulator.upload('image')))).toMatchObject({ errcode })
  })

  it('of a menu allows as many items as the switches say', async () => {
    const simulator = await start()
    const list = Array.from({ length: 11 }, () => ({ type: 'text', text: { content: '行' } }))
    expect(await send(simulator, 'msgmenu', { list })).toMatchObject({ errcode: 0 })
    simulator.setSwitches({ menuItems: 10 })
    expect(await send(simulator, 'msgmenu', { list })).toMatchObject({ errcode: 95008 })
    const { welcomeCode } = simulator.customerEnters({ openKfId: 'wkAccountTwo', externalUserId: CUSTOMER })
    const welcome = { code: welcomeCode, msgtype: 'msgmenu', msgmenu: { list } }
    expect(await simulator.call('kf/send_msg_on_event', welcome)).toMatchObject({ errcode: 95008 })
  })
})
