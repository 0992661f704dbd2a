import { describe, expect, it } from 'vitest'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../simulator/clock.ts'
import { startReceiver } from './start-receiver.ts'
import {
  ACCOUNT,
  type Answer,
  CUSTOMER,
  FILES,
  FOREIGN_ACCOUNT,
  getToken,
  OTHER_ACCOUNT,
  STRANGER,
  startSimulator,
} from './start-simulator.ts'

interface Page {
  next_cursor: string
  has_more: number
  msg_list: { msgid: string; send_time: number; text?: { content: string } }[]
}
const asPage = (answer: Answer) => answer as unknown as Page
const texts = (answer: Answer) => asPage(answer).msg_list.map((entry) => entry.text?.content)

describe('sync_msg', () => {
  it.each<[string, object, number]>([
    ['no open_kfid', {}, 40058],
    ['an account that does not exist', { open_kfid: 'wkNobody' }, 95004],
    ['an account of another app', { open_kfid: FOREIGN_ACCOUNT }, 48007],
    ['a limit of 0', { open_kfid: ACCOUNT, limit: 0 }, 40058],
    ['a limit above 1000', { open_kfid: ACCOUNT, limit: 1001 }, 40058],
    ['a limit that is a string', { open_kfid: ACCOUNT, limit: '10' }, 40058],
    ['an unknown voice format', { open_kfid: ACCOUNT, voice_format: 2 }, 40058],
    ['a cursor of its own making', { open_kfid: ACCOUNT, cursor: '4gw7abc' }, 50100],
    ['a token that was never issued', { open_kfid: ACCOUNT, token: 'ENCnothing' }, 95007],
  ])('refuses %s', async (_name, body, errcode) => {
    const { call } = await startSimulator()
    expect(await call('kf/sync_msg', body)).toMatchObject({ errcode })
  })

  it('reads from the oldest, then from the cursor, per account', async () => {
    const { call, customerWrites } = await startSimulator()
    for (const text of ['一', '二', '三']) customerWrites({ externalUserId: CUSTOMER, text })
    customerWrites({ externalUserId: CUSTOMER, openKfId: OTHER_ACCOUNT, text: '别处' })
    const first = asPage(await call('kf/sync_msg', { open_kfid: ACCOUNT, limit: 2 }))
    expect(first).toMatchObject({ has_more: 1, msg_list: [{ text: { content: '一' } }, { text: { content: '二' } }] })
    expect(Buffer.byteLength(first.next_cursor)).toBeLessThanOrEqual(64)
    const second = await call('kf/sync_msg', { open_kfid: ACCOUNT, cursor: first.next_cursor })
    expect(second).toMatchObject({ has_more: 0, msg_list: [{ text: { content: '三' } }] })
    const third = await call('kf/sync_msg', { open_kfid: ACCOUNT, cursor: asPage(second).next_cursor })
    expect(third).toMatchObject({ has_more: 0, msg_list: [], next_cursor: asPage(second).next_cursor })
  })

  it('refuses the cursor of another account', async () => {
    const { call, customerWrites } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '一' })
    const { next_cursor: cursor } = asPage(await call('kf/sync_msg', { open_kfid: ACCOUNT }))
    expect(await call('kf/sync_msg', { open_kfid: OTHER_ACCOUNT, cursor })).toMatchObject({ errcode: 50100 })
  })

  it('gives messages and events in the documented shapes', async () => {
    const { call, customerWrites, customerSends, customerEnters } = await startSimulator({
      clock: () => 1_700_000_000_999,
    })
    customerWrites({ externalUserId: CUSTOMER, text: '你好', menuId: '101' })
    customerSends({ externalUserId: CUSTOMER, msgtype: 'meeting' })
    customerEnters({ externalUserId: STRANGER, scene: 'web' })
    const head = { msgid: expect.stringMatching(/^\w{40}$/), send_time: 1_700_000_000 }
    expect(asPage(await call('kf/sync_msg', { open_kfid: ACCOUNT })).msg_list).toEqual([
      {
        ...head,
        open_kfid: ACCOUNT,
        external_userid: CUSTOMER,
        origin: 3,
        msgtype: 'text',
        text: { content: '你好', menu_id: '101' },
      },
      { ...head, open_kfid: ACCOUNT, external_userid: CUSTOMER, origin: 3, msgtype: 'meeting' },
      {
        ...head,
        origin: 4,
        msgtype: 'event',
        event: {
          event_type: 'enter_session',
          open_kfid: ACCOUNT,
          external_userid: STRANGER,
          scene: 'web',
          scene_param: '',
          welcome_code: expect.stringMatching(/^\w+$/),
        },
      },
    ])
  })

  it('never returns what the API sent', async () => {
    const { call, customerWrites } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await call('kf/send_msg', { open_kfid: ACCOUNT, touser: CUSTOMER, msgtype: 'text', text: { content: '在' } })
    expect(texts(await call('kf/sync_msg', { open_kfid: ACCOUNT }))).toEqual(['在吗'])
  })

  it('forgets after three days, and an old cursor goes on with what is left', async () => {
    const simulator = await startSimulator()
    const { customerWrites, moveClock, call } = simulator
    customerWrites({ externalUserId: CUSTOMER, text: '旧' })
    const { next_cursor: cursor } = asPage(await call('kf/sync_msg', { open_kfid: ACCOUNT, limit: 1 }))
    moveClock({ ms: 2 * DAY_MS })
    customerWrites({ externalUserId: CUSTOMER, text: '新' })
    moveClock({ ms: DAY_MS + SECOND_MS })
    const query = `access_token=${await getToken(simulator)}`
    expect(texts(await call('kf/sync_msg', { open_kfid: ACCOUNT }, query))).toEqual(['新'])
    expect(texts(await call('kf/sync_msg', { open_kfid: ACCOUNT, cursor }, query))).toEqual(['新'])
  })

  it('a cursor of an earlier run still means the time after it', async () => {
    const before = await startSimulator({ clock: () => 1_700_000_000_000 })
    before.customerWrites({ externalUserId: CUSTOMER, text: '昨天' })
    const { next_cursor: cursor } = asPage(await before.call('kf/sync_msg', { open_kfid: ACCOUNT }))
    const after = await startSimulator({ clock: () => 1_700_000_100_000 })
    after.customerWrites({ externalUserId: CUSTOMER, text: '今天' })
    expect(texts(await after.call('kf/sync_msg', { open_kfid: ACCOUNT, cursor }))).toEqual(['今天'])
  })

  it('refuses a cursor that lies more than an hour ahead of the clock', async () => {
    const { call, customerWrites, moveClock } = await startSimulator()
    moveClock({ ms: DAY_MS })
    customerWrites({ externalUserId: CUSTOMER, text: '明天' })
    moveClock({ ms: -DAY_MS })
    const { next_cursor: cursor } = asPage(await call('kf/sync_msg', { open_kfid: ACCOUNT }))
    expect(await call('kf/sync_msg', { open_kfid: ACCOUNT, cursor })).toMatchObject({ errcode: 50100 })
  })

  it('gives short pages and empty ones with has_more=1 when the switches say so', async () => {
    const { call, customerWrites, setSwitches } = await startSimulator({
      switches: { syncPageSize: 2, emptyPageChance: 1 },
    })
    for (const text of ['一', '二', '三']) customerWrites({ externalUserId: CUSTOMER, text })
    const empty = asPage(await call('kf/sync_msg', { open_kfid: ACCOUNT }))
    expect(empty).toMatchObject({ has_more: 1, msg_list: [] })
    setSwitches({ emptyPageChance: 0 })
    const next = await call('kf/sync_msg', { open_kfid: ACCOUNT, cursor: empty.next_cursor })
    expect(texts(next)).toEqual(['一', '二'])
  })
})

describe('the token of a callback', () => {
  const withNudge = async (switches: object = {}) => {
    const receiver = await startReceiver()
    const simulator = await startSimulator({
      callback: { url: receiver.url, token: receiver.token, aesKey: receiver.aesKey },
      switches,
    })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    const token = /<Token><!\[CDATA\[(.*?)\]\]>/.exec(receiver.messages[0] ?? '')?.[1] ?? ''
    return { simulator, token }
  }

  it('works again and again for ten minutes', async () => {
    const { simulator, token } = await withNudge({ tokenlessSyncsPerMinute: 0 })
    const pull = () => simulator.call('kf/sync_msg', { open_kfid: ACCOUNT, token })
    expect(await pull()).toMatchObject({ errcode: 0 })
    simulator.moveClock({ ms: 10 * MINUTE_MS - SECOND_MS * 10 })
    expect(await pull()).toMatchObject({ errcode: 0 })
    simulator.moveClock({ ms: SECOND_MS * 10 })
    expect(await pull()).toMatchObject({ errcode: 95007 })
  })

  it.each([
    [true, 95007],
    [false, 0],
  ])('pulls another account, bound: %s', async (syncTokenBoundToAccount, errcode) => {
    const { simulator, token } = await withNudge({ syncTokenBoundToAccount })
    expect(await simulator.call('kf/sync_msg', { open_kfid: OTHER_ACCOUNT, token })).toMatchObject({ errcode })
  })
})

describe('pulls without a token', () => {
  it('are refused with 45009 above the budget and blocked for a minute', async () => {
    const { call, moveClock } = await startSimulator({ switches: { tokenlessSyncsPerMinute: 2 } })
    const pull = (open_kfid = ACCOUNT) => call('kf/sync_msg', { open_kfid })
    expect(await pull()).toMatchObject({ errcode: 0 })
    expect(await pull()).toMatchObject({ errcode: 0 })
    expect(await pull()).toMatchObject({ errcode: 45009 })
    expect(await pull(OTHER_ACCOUNT)).toMatchObject({ errcode: 0 })
    moveClock({ ms: 50 * SECOND_MS })
    expect(await pull()).toMatchObject({ errcode: 45009 })
    moveClock({ ms: 11 * SECOND_MS })
    expect(await pull()).toMatchObject({ errcode: 0 })
  })

  it('share one budget when the switch says so', async () => {
    const { call } = await startSimulator({ switches: { tokenlessSyncsPerMinute: 1, tokenlessBudgetScope: 'corp' } })
    expect(await call('kf/sync_msg', { open_kfid: ACCOUNT })).toMatchObject({ errcode: 0 })
    expect(await call('kf/sync_msg', { open_kfid: OTHER_ACCOUNT })).toMatchObject({ errcode: 45009 })
  })
})

describe('a cursor from before what is kept', () => {
  it.each([
    ['oldest', 0],
    ['refused', 50100],
  ] as const)('with the switch at %s answers %i', async (oldCursor, errcode) => {
    const simulator = await startSimulator({ switches: { oldCursor } })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '旧' })
    const { next_cursor: cursor } = asPage(await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT }))
    simulator.moveClock({ ms: 3 * DAY_MS + SECOND_MS })
    expect(await simulator.callLater('kf/sync_msg', { open_kfid: ACCOUNT, cursor })).toMatchObject({ errcode })
  })
})

describe('a token that has pulled everything', () => {
  it.each([
    [true, 0],
    [false, 95007],
  ])('with the switch at %s answers %i', async (syncTokenOutlivesDrain, errcode) => {
    const receiver = await startReceiver()
    const { url, token: callbackToken, aesKey } = receiver
    const simulator = await startSimulator({
      callback: { url, token: callbackToken, aesKey },
      switches: { syncTokenOutlivesDrain },
    })
    for (const text of ['一', '二']) simulator.customerWrites({ externalUserId: CUSTOMER, text })
    await simulator.callbacksSettled()
    const token = /<Token><!\[CDATA\[(\w+)/.exec(receiver.messages.at(-1) ?? '')?.[1]
    const pull = (cursor?: string) =>
      simulator.call('kf/sync_msg', { open_kfid: ACCOUNT, token, limit: 1, ...(cursor ? { cursor } : {}) })
    const first = asPage(await pull())
    expect(first.has_more).toBe(1)
    const second = asPage(await pull(first.next_cursor))
    expect(second.has_more).toBe(0)
    expect(await pull(second.next_cursor)).toMatchObject({ errcode })
  })
})

describe('voice_format=1', () => {
  const silkOf = async (switches: object, silkBase64?: string) => {
    const simulator = await startSimulator({ switches })
    const base64 = FILES.voice.toString('base64')
    const { mediaId } = simulator.addMedia({
      type: 'voice',
      filename: 'a.amr',
      base64,
      ...(silkBase64 === undefined ? {} : { silkBase64 }),
    })
    simulator.customerSends({ externalUserId: CUSTOMER, msgtype: 'voice', body: { media_id: mediaId } })
    const download = async (voice_format: number) => {
      const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT, voice_format })
      const media_id = (msg_list as { voice: { media_id: string } }[])[0]?.voice.media_id ?? ''
      const query = new URLSearchParams({ access_token: simulator.token, media_id })
      return Buffer.from(await (await fetch(`${simulator.apiBase}/media/get?${query}`)).arrayBuffer()).toString(
        'latin1',
      )
    }
    return { amr: await download(0), silk: await download(1) }
  }

  it.each([
    [true, '\x02#!SILK_V3'],
    [false, '#!SILK_V3'],
  ])('delivers Silk, with the leading byte: %s', async (silkLeadingByte, magic) => {
    const { amr, silk } = await silkOf({ silkLeadingByte })
    expect(amr.slice(0, 6)).toBe('#!AMR\n')
    expect(silk.slice(0, magic.length)).toBe(magic)
  })

  it('delivers the Silk that came with the voice', async () => {
    const { silk } = await silkOf({}, Buffer.from('#!SILK_V3 real').toString('base64'))
    expect(silk).toBe('#!SILK_V3 real')
  })
})

describe('a pull without an account', () => {
  it('is refused, or brings all accounts of the app in order under one cursor', async () => {
    const simulator = await startSimulator({ clock: () => 1_800_000_000_000 })
    expect(await simulator.call('kf/sync_msg', {})).toMatchObject({ errcode: 40058 })
    simulator.setSwitches({ syncNeedsAccount: false })
    for (const text of ['一', '二', '三', '四', '五']) {
      const openKfId = ['一', '三', '四'].includes(text) ? ACCOUNT : OTHER_ACCOUNT
      simulator.customerWrites({ openKfId, externalUserId: CUSTOMER, text })
    }
    simulator.customerWrites({ openKfId: FOREIGN_ACCOUNT, externalUserId: CUSTOMER, text: '别人的' })
    const first = asPage(await simulator.call('kf/sync_msg', { limit: 2 }))
    const second = asPage(await simulator.call('kf/sync_msg', { limit: 2, cursor: first.next_cursor }))
    const third = asPage(await simulator.call('kf/sync_msg', { limit: 2, cursor: second.next_cursor }))
    const pulled = [first, second, third].flatMap(({ msg_list }) => msg_list.map(({ text }) => text?.content))
    expect(pulled).toEqual(['一', '二', '三', '四', '五'])
    expect([first, second, third].map(({ has_more }) => has_more)).toEqual([1, 1, 0])
  })
})
