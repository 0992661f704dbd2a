import { describe, expect, it } from 'vitest'
import { parseCallbackEvent } from '../../../../edge/callback/parse-callback-event.ts'
import { BROKEN_JSON_E, JSON_C, NUDGE_K1, NUDGE_K2, XML_B } from '../../shared/callback-vectors.ts'

const NOW_MS = 1_750_000_000_500
const NOW = 1_750_000_000

describe('a kf_msg_or_event', () => {
  it.each([NUDGE_K1, NUDGE_K2])('$label becomes a nudge', ({ message }) => {
    expect(parseCallbackEvent(message, NOW_MS)).toEqual({
      kind: 'nudge',
      nudge: { openKfId: 'wkTEST_0001', token: 'ENCtestTOKEN123', createTime: 1348831860 },
    })
  })

  it.each([
    ['no OpenKfId', '', { openKfId: '*' }],
    ['an empty OpenKfId', '<OpenKfId><![CDATA[]]></OpenKfId>', { openKfId: '*' }],
    ['an OpenKfId that looks like a number', '<OpenKfId>0012e5</OpenKfId>', { openKfId: '0012e5' }],
    ['a Token', '<Token>ENC&amp;</Token>', { token: 'ENC&amp;' }],
    ['a CreateTime', '<CreateTime>1700000000</CreateTime>', { createTime: 1_700_000_000 }],
    ['a CreateTime that is no number', '<CreateTime>soon</CreateTime>', { createTime: NOW }],
    ['a CreateTime before all time', '<CreateTime>-5</CreateTime>', { createTime: NOW }],
    ['a CreateTime a year ahead', `<CreateTime>${NOW + 31_536_000}</CreateTime>`, { createTime: NOW + 60 }],
  ])('with %s', (_what, nodes, expected) => {
    const message = `<xml><Event>kf_msg_or_event</Event>${nodes}</xml>`
    const nudge = { openKfId: '*', token: '', createTime: NOW, ...expected }
    expect(parseCallbackEvent(message, NOW_MS)).toEqual({ kind: 'nudge', nudge })
  })
})

describe('a kf_account_auth_change', () => {
  const add = (id: string) => `<AuthAddOpenKfId><![CDATA[${id}]]></AuthAddOpenKfId>`
  const del = (id: string) => `<AuthDelOpenKfId><![CDATA[${id}]]></AuthDelOpenKfId>`
  it.each([
    ['nothing', '', [], []],
    ['one added', add('wk1'), ['wk1'], []],
    ['one removed', del('wk1'), [], ['wk1']],
    ['several of both', add('wk1') + del('wk2') + add('wk3') + del('wk4'), ['wk1', 'wk3'], ['wk2', 'wk4']],
  ])('with %s is kept', (_what, nodes, addedOpenKfIds, removedOpenKfIds) => {
    const message = `<xml><CreateTime>1700000000</CreateTime><Event>kf_account_auth_change</Event>${nodes}</xml>`
    const event = { name: 'kf_account_auth_change', createTime: 1_700_000_000, addedOpenKfIds, removedOpenKfIds }
    expect(parseCallbackEvent(message, NOW_MS)).toEqual({ kind: 'event', event })
  })

  it('as JSON holds a list or a single value', () => {
    const message =
      '{"Event":"kf_account_auth_change","CreateTime":1700000000,"AuthAddOpenKfId":["wk1","wk2"],"AuthDelOpenKfId":"wk3"}'
    expect(parseCallbackEvent(message, NOW_MS)).toMatchObject({
      event: { addedOpenKfIds: ['wk1', 'wk2'], removedOpenKfIds: ['wk3'] },
    })
  })
})

describe('all else is named and ignored', () => {
  it.each([
    ['a text message', XML_B.message, 'text'],
    ['a text message as JSON', JSON_C.message, 'text'],
    ['what is not JSON', BROKEN_JSON_E.message, 'unreadable'],
    ['nothing', '', 'unreadable'],
    ['another event', '<xml><MsgType>event</MsgType><Event>enter_agent</Event></xml>', 'enter_agent'],
    ['an event without a name', '<xml><A>1</A></xml>', 'unnamed'],
    ['a name that could be words', '<xml><Event>请问你们几点开门</Event></xml>', 'unnamed'],
    ['a DTD', '<!DOCTYPE xml><xml><Event>kf_msg_or_event</Event></xml>', 'unreadable'],
  ])('%s', (_what, message, name) => {
    expect(parseCallbackEvent(message, NOW_MS)).toEqual({ kind: 'ignored', name })
  })
})
