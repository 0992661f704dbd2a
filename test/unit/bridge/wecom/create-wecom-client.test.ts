import { describe, expect, it } from 'vitest'
import { createWecomClient } from '../../../../bridge/wecom/create-wecom-client.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import {
  corpId,
  createMemoryTokenStore,
  type StubAnswer,
  type StubCall,
  secret,
  shownOf,
  startPlatform,
} from './platform-stub.ts'

const never = new AbortController().signal

async function setUp(answers: Record<string, (call: StubCall, no: number) => StubAnswer>) {
  const platform = await startPlatform(answers)
  const log = createRecordingLogger()
  let time = Date.UTC(2026, 10, 22)
  const client = createWecomClient(
    {
      apiBase: platform.apiBase,
      corpId,
      secret,
      tokenStore: createMemoryTokenStore(),
      log,
      now: () => time,
    },
    { deadlineMs: 200, pollMs: 5 },
  )
  return {
    lines: log.lines,
    named: (name: string) => log.lines.filter((line) => line.name === name),
    ...platform,
    client,
    body: (no = 0) => JSON.parse(platform.calls.filter(({ path }) => path !== 'gettoken')[no]?.body ?? 'null'),
    pass: (ms: number) => {
      time += ms
    },
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  }
}

const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)
const request = { openKfId: 'wk1', cursor: 'c1', token: 'ENC' }
const text = { openKfId: 'wk1', externalUserId: 'wm1', msgid: 'm1', text: '您好' }

describe('calls with a token', () => {
  it.each([40014, 42001])('replaces the token once after %i and repeats the call', async (errcode) => {
    await using world = await setUp({
      'kf/send_msg': ({ query }) =>
        query.get('access_token') === 'token-1' ? { errcode } : { errcode: 0, msgid: 'm1' },
    })
    const first = world.client.sendText(text, never)
    // A token that is seconds old is not replaced.
    expect(await caught(first)).toMatchObject({ code: 'wecom.refused', retryable: true, details: { errcode } })
    world.pass(60_000)
    await world.client.sendText(text, never)
    expect(world.count('gettoken')).toBe(2)
    expect(world.count('kf/send_msg')).toBe(3)
  })

  it('does not ask for a token per call when every token is refused', async () => {
    await using world = await setUp({ 'kf/send_msg': () => ({ errcode: 40014 }) })
    for (let no = 0; no < 20; no += 1) {
      world.pass(1_000)
      expect(await caught(world.client.sendText(text, never))).toMatchObject({ code: 'wecom.refused' })
    }
    expect(world.count('gettoken')).toBeLessThanOrEqual(5)
  })

  it('makes no call at all without a token', async () => {
    await using world = await setUp({ gettoken: () => ({ errcode: 40001 }) })
    expect(await caught(world.client.sendText(text, never))).toMatchObject({ code: 'wecom.token' })
    expect(world.count('kf/send_msg')).toBe(0)
  })

  it('is quiet for half a minute after 60020 and says once what to do', async () => {
    await using world = await setUp({
      'kf/send_msg': () => ({ errcode: 60020, errmsg: 'hint: [1_2_ab], from ip: 9.9.9.9' }),
    })
    for (let no = 0; no < 30; no += 1) {
      expect(await caught(world.client.sendText(text, never))).toMatchObject({
        details: { errcode: 60020, action: 'alert' },
      })
      world.pass(999)
    }
    expect(world.count('kf/send_msg')).toBe(1)
    world.pass(1_000)
    await caught(world.client.sendText(text, never))
    expect(world.count('kf/send_msg')).toBe(2)
    expect(world.named('wecom.alert')).toMatchObject([{ level: 'error', fields: { errcode: 60020, hint: '1_2_ab' } }])
  })

  it('shows token and secret in no error and no log line', async () => {
    const failures: (StubAnswer | (() => StubAnswer))[] = [
      { errcode: 40058, errmsg: `bad ${secret} token-1` },
      (response) => response.end(`<html>token-1 ${secret}</html>`),
      (_response, incoming) => incoming.socket.destroy(),
      () => undefined,
    ]
    await using world = await setUp({ 'kf/send_msg': (_call, no) => failures[no - 1] as StubAnswer })
    for (const _ of failures) {
      const error = await caught(world.client.sendText(text, never))
      expect(error).toMatchObject({ code: expect.stringMatching(/^wecom\./) })
      expect(shownOf(error)).not.toMatch(/token-1|SECRET/)
    }
    expect(JSON.stringify(world.lines)).not.toMatch(/token-1|SECRET/)
  })
})

describe('syncMessages', () => {
  const customerText = {
    msgid: 'a1',
    open_kfid: 'wk1',
    external_userid: 'wm1',
    send_time: 1615478585,
    origin: 3,
    msgtype: 'text',
    text: { content: '你好' },
  }

  async function syncWith(page: object, sent = request) {
    await using world = await setUp({ 'kf/sync_msg': () => page })
    const result = await world.client.syncMessages(sent, never)
    return { result, body: world.body(), lines: world.lines }
  }

  it('asks for full pages of one account and leaves out an empty cursor and token', async () => {
    expect((await syncWith({})).body).toEqual({
      open_kfid: 'wk1',
      cursor: 'c1',
      token: 'ENC',
      limit: 1000,
      voice_format: 0,
    })
    const bare = await syncWith({}, { openKfId: 'wk1', cursor: '', token: '' })
    expect(bare.body).toEqual({ open_kfid: 'wk1', limit: 1000, voice_format: 0 })
  })

  it('gives every message of the page, times in milliseconds, the entry kept whole', async () => {
    const servicer = { ...customerText, msgid: 'a2', origin: 5, servicer_userid: 'Zhang', brand_new_field: [1] }
    const event = {
      msgid: 'a3',
      send_time: 1615478586,
      origin: 4,
      msgtype: 'event',
      event: { event_type: 'enter_session', open_kfid: 'wk1', external_userid: 'wm9', welcome_code: 'w' },
    }
    const unheardOf = { ...customerText, msgid: 'a4', msgtype: 'hologram', hologram: {} }
    const msg_list = [customerText, servicer, event, unheardOf]
    const { result, lines } = await syncWith({ errcode: 0, next_cursor: 'c2', has_more: 1, msg_list })
    expect(result).toMatchObject({ nextCursor: 'c2', hasMore: true })
    expect(result.messages.map((message) => JSON.parse(message.raw))).toEqual(msg_list)
    expect(result.messages.map(({ raw: _, ...rest }) => rest)).toEqual([
      {
        msgid: 'a1',
        openKfId: 'wk1',
        externalUserId: 'wm1',
        sendTime: 1615478585000,
        origin: 3,
        servicerUserId: '',
        type: 'text',
      },
      {
        msgid: 'a2',
        openKfId: 'wk1',
        externalUserId: 'wm1',
        sendTime: 1615478585000,
        origin: 5,
        servicerUserId: 'Zhang',
        type: 'text',
      },
      {
        msgid: 'a3',
        openKfId: 'wk1',
        externalUserId: 'wm9',
        sendTime: 1615478586000,
        origin: 4,
        servicerUserId: '',
        type: 'event',
      },
      {
        msgid: 'a4',
        openKfId: 'wk1',
        externalUserId: 'wm1',
        sendTime: 1615478585000,
        origin: 3,
        servicerUserId: '',
        type: 'hologram',
      },
    ])
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  it('loses no message to a malformed neighbour, and keeps what can be read of that one', async () => {
    const noId = { external_userid: 'wm2', msgtype: 'text', send_time: '1615478585', text: { content: '在吗' } }
    const odd = { msgid: 77, msgtype: null, send_time: 'soon', origin: {}, servicer_userid: 'Li' }
    const msg_list = [null, 'x', customerText, 5, noId, [], odd]
    const { result, lines } = await syncWith({ errcode: 0, next_cursor: 'c2', has_more: 0, msg_list })
    expect(result.messages).toMatchObject([
      { msgid: 'a1' },
      {
        msgid: expect.stringMatching(/^x-[0-9a-f]{30}$/),
        openKfId: 'wk1',
        externalUserId: 'wm2',
        origin: 3,
        sendTime: 1615478585000,
      },
      { msgid: '77', type: 'unknown', origin: 5, sendTime: Date.UTC(2026, 10, 22), raw: JSON.stringify(odd) },
    ])
    const again = await syncWith({ errcode: 0, next_cursor: 'c2', has_more: 0, msg_list })
    expect(again.result.messages[1]?.msgid).toBe(result.messages[1]?.msgid)
    expect(lines.filter(({ name }) => name === 'wecom.entry-unreadable')).toHaveLength(4)
    expect(lines.filter(({ name }) => name === 'wecom.entry-malformed').map(({ fields }) => fields.faults)).toEqual([
      ['msgid', 'origin'],
      ['send_time', 'origin', 'msgtype'],
    ])
    expect(JSON.stringify(lines)).not.toContain('在吗')
  })

  it.each<[string, object, object]>([
    [
      'an empty page with more to come',
      { next_cursor: 'c2', has_more: 1, msg_list: [] },
      { nextCursor: 'c2', hasMore: true },
    ],
    ['a page without a list', { next_cursor: 'c2', has_more: 0 }, { messages: [], nextCursor: 'c2', hasMore: false }],
    ['no next cursor: the old one stays', { has_more: 0, msg_list: [] }, { nextCursor: 'c1', hasMore: false }],
    [
      'a cursor that stands still',
      { next_cursor: 'c1', has_more: 1 },
      { nextCursor: 'c1', hasMore: true, isStuck: true },
    ],
  ])('understands %s', async (_name, page, expected) => {
    expect((await syncWith({ errcode: 0, ...page })).result).toMatchObject(expected)
  })

  it('names a refused callback token by its action', async () => {
    await using world = await setUp({ 'kf/sync_msg': () => ({ errcode: 95007, errmsg: 'invalid msg token' }) })
    expect(await caught(world.client.syncMessages(request, never))).toMatchObject({
      code: 'wecom.refused',
      details: { errcode: 95007, action: 'pull-without-token' },
    })
  })
})

describe('sendText', () => {
  it('sends what the platform documents, without an empty msgid', async () => {
    await using world = await setUp({ 'kf/send_msg': () => ({ errcode: 0, errmsg: 'ok', msgid: 'm1' }) })
    await world.client.sendText(text, never)
    await world.client.sendText({ ...text, msgid: '' }, never)
    const common = { touser: 'wm1', open_kfid: 'wk1', msgtype: 'text', text: { content: '您好' } }
    expect([world.body(0), world.body(1)]).toEqual([{ ...common, msgid: 'm1' }, common])
  })

  it.each([
    ['2049 bytes', { text: `${'汉'.repeat(682)}abc` }, 45002],
    ['nothing but space', { text: ' \n' }, 44004],
    ['a msgid of 33 characters', { msgid: 'a'.repeat(33) }, 40058],
    ['a msgid with a colon', { msgid: 'a:b' }, 40058],
  ])('refuses %s before any call', async (_name, change, errcode) => {
    await using world = await setUp({})
    expect(await caught(world.client.sendText({ ...text, ...change }, never))).toMatchObject({
      code: 'wecom.refused',
      retryable: false,
      details: { errcode },
    })
    // Not even a token is asked for.
    expect(world.calls).toEqual([])
  })

  it('sends 2048 bytes', async () => {
    await using world = await setUp({})
    await world.client.sendText({ ...text, text: `${'汉'.repeat(682)}ab` }, never)
    expect(world.count('kf/send_msg')).toBe(1)
  })

  it('does not take an empty object for a proof that the platform has the message', async () => {
    await using world = await setUp({ 'kf/send_msg': () => ({}) })
    expect(await caught(world.client.sendText(text, never))).toMatchObject({ code: 'wecom.unreachable' })
  })
})

describe('listAccountIds', () => {
  it('reads every page of 100 and leaves out accounts that the app may not use', async () => {
    const all = Array.from({ length: 230 }, (_, no) => ({
      open_kfid: `wk${no}`,
      name: 'n',
      ...(no < 3 ? { manage_privilege: no === 1 } : {}),
    }))
    await using world = await setUp({
      'kf/account/list': ({ body }) => {
        const { offset, limit } = JSON.parse(body)
        return { errcode: 0, errmsg: 'ok', account_list: all.slice(offset, offset + limit) }
      },
    })
    const ids = await world.client.listAccountIds(never)
    expect(ids).toEqual(all.map(({ open_kfid }) => open_kfid).filter((id) => id !== 'wk0' && id !== 'wk2'))
    expect(world.count('kf/account/list')).toBe(3)
  })

  it('ends although the platform repeats one full page for ever', async () => {
    const account_list = Array.from({ length: 100 }, (_, no) => ({ open_kfid: `wk${no}` }))
    await using world = await setUp({ 'kf/account/list': () => ({ errcode: 0, account_list }) })
    expect(await world.client.listAccountIds(never)).toHaveLength(100)
  })
})

describe('getServiceState', () => {
  it('reads the state of one conversation', async () => {
    await using world = await setUp({
      'kf/service_state/get': () => ({ errcode: 0, service_state: 3, servicer_userid: 'Li' }),
    })
    expect(await world.client.getServiceState('wk1', 'wm1', never)).toBe(3)
    expect(world.body()).toEqual({ open_kfid: 'wk1', external_userid: 'wm1' })
  })
})
