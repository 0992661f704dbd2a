import { describe, expect, it } from 'vitest'
import { HOUR_MS, SECOND_MS } from '../../simulator/clock.ts'
import {
  ACCOUNT,
  CUSTOMER,
  FOREIGN_ACCOUNT,
  getToken,
  OTHER_ACCOUNT,
  SERVICER,
  STRANGER,
  startSimulator,
  textTo,
} from './start-simulator.ts'

const menuOf = (list: object[]) => ({ msgtype: 'msgmenu', msgmenu: { head_content: '请选择', list } })
const clicks = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: 'click', click: { id: String(index), content: '项' } }))
const links = (fields: object) => ({
  msgtype: 'link',
  link: { title: '标题', url: 'https://example.com', thumb_media_id: 'no-such-file', ...fields },
})

describe('send_msg', () => {
  it.each<[string, object | string, number]>([
    ['a body that is not JSON', '{"open_kfid":', 40058],
    ['a body that is a list', '[]', 40058],
    ['a \\u escape', '{"open_kfid":"wkAccountOne","touser":"\\u0041"}', 40033],
    ['no open_kfid', textTo('x', { open_kfid: undefined }), 40058],
    ['no touser', textTo('x', { touser: undefined }), 40058],
    ['no msgtype', textTo('x', { msgtype: undefined }), 40058],
    ['an account of another form', textTo('x', { open_kfid: 'kf-1' }), 95000],
    ['an account that does not exist', textTo('x', { open_kfid: 'wkNobody' }), 95004],
    ['an account of another app', textTo('x', { open_kfid: FOREIGN_ACCOUNT }), 48007],
    ['an unknown customer', textTo('x', { touser: 'wmNobody' }), 40096],
    ['an empty msgid', textTo('x', { msgid: '' }), 40058],
    ['a msgid of 33 characters', textTo('x', { msgid: 'a'.repeat(33) }), 40058],
    ['a msgid with a dot', textTo('x', { msgid: 'a.b' }), 40058],
    ['a msgid that is a number', textTo('x', { msgid: 7 }), 40058],
    ['a customer who has not written', textTo('x', { touser: STRANGER }), 95013],
    ['an unknown msgtype', textTo('x', { msgtype: 'mixed', mixed: {} }), 40008],
    ['a text without its body', textTo('x', { text: undefined }), 40058],
    ['an empty text', textTo(''), 44004],
    ['a picture that was never uploaded', textTo('x', { msgtype: 'image', image: { media_id: 'nothing' } }), 40007],
    ['a link without http', textTo('x', links({ url: 'example.com' })), 40094],
    ['a link that is too long', textTo('x', links({ url: `https://example.com/${'a'.repeat(2048)}` })), 40039],
    ['a link without its picture', textTo('x', links({})), 40007],
    ['eleven buttons', textTo('x', menuOf(clicks(11))), 95008],
    [
      'fifty-one items',
      textTo('x', menuOf(Array.from({ length: 51 }, () => ({ type: 'text', text: { content: '行' } })))),
      95008,
    ],
    ['an unknown kind of item', textTo('x', menuOf([{ type: 'button', button: {} }])), 95009],
    ['a place beyond the pole', textTo('x', { msgtype: 'location', location: { latitude: 91, longitude: 0 } }), 95022],
  ])('refuses %s', async (_name, body, errcode) => {
    const { call, customerWrites, refused, delivered } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    const answer = await call('kf/send_msg', body)
    expect(answer).toMatchObject({ errcode })
    expect(answer.errmsg).toMatch(/, hint: \[\d+_\d+_[0-9a-f]{32}\], from ip: .+, more info at https:\/\/\S+\?e=-?\d+$/)
    expect(refused()).toMatchObject([{ endpoint: 'kf/send_msg', errcode, injected: false }])
    expect(delivered()).toEqual([])
  })

  it('checks in order: account, customer, msgid, state, body', async () => {
    const { call, customerWrites } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    const wrong = { open_kfid: 'wkNobody', touser: 'wmNobody', msgid: 'a.b', msgtype: 'mixed' }
    expect(await call('kf/send_msg', wrong)).toMatchObject({ errcode: 95004 })
    expect(await call('kf/send_msg', { ...wrong, open_kfid: ACCOUNT })).toMatchObject({ errcode: 40096 })
    const noState = { ...wrong, open_kfid: ACCOUNT, touser: STRANGER }
    expect(await call('kf/send_msg', noState)).toMatchObject({ errcode: 40058 })
    expect(await call('kf/send_msg', { ...noState, msgid: 'a' })).toMatchObject({ errcode: 95013 })
    expect(await call('kf/send_msg', { ...noState, msgid: 'a', touser: CUSTOMER })).toMatchObject({ errcode: 40008 })
  })

  it('delivers, hands a new session to the assistant and records what the customer reads', async () => {
    const { call, customerWrites, conversation, delivered } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(conversation({ externalUserId: CUSTOMER })).toMatchObject({ state: 0, messagesLeft: 5 })
    expect(await call('kf/send_msg', textTo('在的', { msgid: 'mine-1' }))).toEqual({
      errcode: 0,
      errmsg: 'ok',
      msgid: 'mine-1',
    })
    expect(conversation({ externalUserId: CUSTOMER })).toMatchObject({ state: 1, messagesLeft: 4 })
    expect(delivered()).toMatchObject([
      { msgid: 'mine-1', openKfId: ACCOUNT, externalUserId: CUSTOMER, text: '在的', cut: false },
    ])
  })

  it('refuses a msgid the second time at one account, and takes it at another', async () => {
    const { call, customerWrites, delivered } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    customerWrites({ externalUserId: CUSTOMER, openKfId: OTHER_ACCOUNT, text: '在吗' })
    const message = textTo('一次', { msgid: 'same' })
    expect(await call('kf/send_msg', message)).toMatchObject({ errcode: 0 })
    expect(await call('kf/send_msg', message)).toMatchObject({ errcode: 95033 })
    expect(await call('kf/send_msg', { ...message, open_kfid: OTHER_ACCOUNT })).toMatchObject({ errcode: 0 })
    expect(delivered()).toHaveLength(2)
  })

  it.each([
    [false, 0],
    [true, 95033],
  ])('a msgid of a refused call, burnt: %s', async (refusedMsgidIsBurnt, errcode) => {
    const { call, customerWrites } = await startSimulator({ switches: { refusedMsgidIsBurnt } })
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(await call('kf/send_msg', textTo('', { msgid: 'same' }))).toMatchObject({ errcode: 44004 })
    expect(await call('kf/send_msg', textTo('好', { msgid: 'same' }))).toMatchObject({ errcode })
  })

  it('allows five messages, and five more after the customer has written', async () => {
    const { call, customerWrites } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    for (let i = 0; i < 5; i += 1) expect(await call('kf/send_msg', textTo())).toMatchObject({ errcode: 0 })
    expect(await call('kf/send_msg', textTo())).toMatchObject({ errcode: 95001 })
    customerWrites({ externalUserId: CUSTOMER, text: '还在吗' })
    expect(await call('kf/send_msg', textTo())).toMatchObject({ errcode: 0 })
  })

  it.each([
    [true, 5],
    [false, 4],
  ])('a tap on a menu gives a fresh allowance: %s', async (menuTapRenewsAllowance, messagesLeft) => {
    const { call, customerWrites, conversation } = await startSimulator({ switches: { menuTapRenewsAllowance } })
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await call('kf/send_msg', textTo())
    customerWrites({ externalUserId: CUSTOMER, text: '满意', menuId: '101' })
    expect(conversation({ externalUserId: CUSTOMER })).toMatchObject({ messagesLeft })
  })

  it('does not use up the allowance on a refusal', async () => {
    const { call, customerWrites, conversation } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await call('kf/send_msg', textTo(''))
    expect(conversation({ externalUserId: CUSTOMER })).toMatchObject({ messagesLeft: 5 })
  })

  it.each([95002, 95018] as const)('refuses with %i after 48 hours', async (overdueErrcode) => {
    const { call, customerWrites, moveClock, apiBase } = await startSimulator({ switches: { overdueErrcode } })
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    moveClock({ ms: 48 * HOUR_MS - SECOND_MS * 10 })
    const fresh = async () => `access_token=${await getToken({ apiBase })}`
    expect(await call('kf/send_msg', textTo(), await fresh())).toMatchObject({ errcode: 0 })
    moveClock({ ms: SECOND_MS * 11 })
    expect(await call('kf/send_msg', textTo(), await fresh())).toMatchObject({ errcode: overdueErrcode })
  })

  it.each([95013, 95018] as const)('refuses with %i once the session has ended', async (endedSessionErrcode) => {
    const { call, customerWrites } = await startSimulator({ switches: { endedSessionErrcode } })
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await call('kf/service_state/trans', { open_kfid: ACCOUNT, external_userid: CUSTOMER, service_state: 4 })
    expect(await call('kf/send_msg', textTo())).toMatchObject({ errcode: endedSessionErrcode })
  })

  it.each([
    [2, {}],
    [3, { servicer_userid: SERVICER }],
  ])('refuses with 95018 in state %i', async (service_state, fields) => {
    const { call, customerWrites } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    const place = { open_kfid: ACCOUNT, external_userid: CUSTOMER }
    expect(await call('kf/service_state/trans', { ...place, service_state, ...fields })).toMatchObject({ errcode: 0 })
    expect(await call('kf/send_msg', textTo())).toMatchObject({ errcode: 95018 })
  })

  it('cuts a text at 2048 bytes without half a character', async () => {
    const { call, customerWrites, delivered } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await call('kf/send_msg', textTo('字'.repeat(683)))
    await call('kf/send_msg', textTo(`a${'字'.repeat(682)}😀`))
    await call('kf/send_msg', textTo(`aa${'字'.repeat(682)}`))
    expect(delivered().map(({ text, cut }) => [Buffer.byteLength(text), cut])).toEqual([
      [2046, true],
      [2047, true],
      [2048, false],
    ])
  })

  it('takes an escaped backslash before a u for no escape', async () => {
    const { call, customerWrites, delivered } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    expect(await call('kf/send_msg', textTo('C:\\u0041'))).toMatchObject({ errcode: 0 })
    expect(delivered()).toMatchObject([{ text: 'C:\\u0041' }])
  })

  it('tells later that a message was not delivered', async () => {
    const { call, customerWrites, failDelivery } = await startSimulator()
    customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await call('kf/send_msg', textTo('好', { msgid: 'mine-1' }))
    failDelivery({ openKfId: ACCOUNT, msgid: 'mine-1', failType: 10 })
    const { msg_list } = await call('kf/sync_msg', { open_kfid: ACCOUNT })
    expect((msg_list as object[]).at(-1)).toMatchObject({
      origin: 4,
      msgtype: 'event',
      event: { event_type: 'msg_send_fail', fail_msgid: 'mine-1', fail_type: 10, external_userid: CUSTOMER },
    })
  })
})

describe('other calls', () => {
  it('answer 404 for an unknown path and refuse a wrong method', async () => {
    const { apiBase, token, call } = await startSimulator()
    const unknown = await fetch(`${apiBase}/kf/nothing?access_token=${token}`, { method: 'POST', body: '{}' })
    expect(unknown.status).toBe(404)
    const wrongMethod = await fetch(`${apiBase}/kf/send_msg?access_token=${token}`)
    expect(await wrongMethod.json()).toMatchObject({ errcode: 40058 })
    expect(await call('gettoken')).toMatchObject({ errcode: 40058 })
  })

  it('list the accounts that the app was given, also by GET', async () => {
    const { apiBase, token, call } = await startSimulator()
    const ids = (answer: object) =>
      (answer as { account_list: { open_kfid: string }[] }).account_list.map((a) => a.open_kfid)
    expect(ids(await call('kf/account/list', { offset: 0, limit: 100 }))).toEqual([ACCOUNT, OTHER_ACCOUNT])
    expect(ids(await call('kf/account/list', { offset: 1, limit: 1 }))).toEqual([OTHER_ACCOUNT])
    const response = await fetch(`${apiBase}/kf/account/list?access_token=${token}`)
    expect(ids((await response.json()) as object)).toEqual([ACCOUNT, OTHER_ACCOUNT])
    expect(await call('kf/account/list', { limit: 101 })).toMatchObject({ errcode: 40058 })
    expect(await call('kf/account/list', { offset: -1 })).toMatchObject({ errcode: 40058 })
  })
})
