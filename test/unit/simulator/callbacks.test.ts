import { describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from './start-receiver.ts'
import { ACCOUNT, CORP_ID, CUSTOMER, SECRET, startSimulator } from './start-simulator.ts'

const start = async (switches: object = {}, clock?: () => number) => {
  const receiver = await startReceiver()
  const { url, token, aesKey } = receiver
  const simulator = await startSimulator({ callback: { url, token, aesKey }, switches, ...(clock ? { clock } : {}) })
  return { receiver, simulator }
}
const tries = (simulator: Awaited<ReturnType<typeof startSimulator>>) =>
  simulator.callbackTries().map(({ attempt, outcome, status, willRetry }) => ({ attempt, outcome, status, willRetry }))

describe('a callback', () => {
  it('is read by the platform’s own package', async () => {
    const { receiver, simulator } = await start({}, () => 1_700_000_000_000)
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.contentTypes).toEqual(['text/xml'])
    expect(receiver.bodies[0]).toMatch(
      /^<xml><ToUserName><!\[CDATA\[ww0123456789abcdef\]\]><\/ToUserName><Encrypt><!\[CDATA\[[A-Za-z0-9+/=]+\]\]><\/Encrypt>/,
    )
    const token = '<Token><!\\[CDATA\\[ENC\\w+\\]\\]></Token>'
    expect(receiver.messages[0]).toMatch(
      new RegExp(
        `^<xml><ToUserName><!\\[CDATA\\[${CORP_ID}\\]\\]></ToUserName><CreateTime>1700000000</CreateTime><MsgType><!\\[CDATA\\[event\\]\\]></MsgType><Event><!\\[CDATA\\[kf_msg_or_event\\]\\]></Event>${token}<OpenKfId><!\\[CDATA\\[${ACCOUNT}\\]\\]></OpenKfId></xml>$`,
      ),
    )
    expect(tries(simulator)).toEqual([{ attempt: 1, outcome: 'accepted', status: 200, willRetry: false }])
  })

  it('has every length of padding', async () => {
    const { receiver, simulator } = await start()
    for (let i = 0; i < 32; i += 1) simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    const pads = new Set(receiver.messages.map((m) => 32 - ((20 + Buffer.byteLength(m) + CORP_ID.length) % 32)))
    expect([...pads].sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1))
  })

  it('may come in the JSON envelope and without an account', async () => {
    const { receiver, simulator } = await start({ callbackEnvelope: 'json', callbackOmitsOpenKfId: true })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.contentTypes).toEqual(['application/json'])
    expect(JSON.parse(receiver.bodies[0] ?? '')).toMatchObject({ tousername: CORP_ID })
    const event = JSON.parse(receiver.messages[0] ?? '')
    expect(event).toMatchObject({ Event: 'kf_msg_or_event', ToUserName: CORP_ID })
    expect(event).not.toHaveProperty('OpenKfId')
  })

  it.each([
    ['json', 'encrypt', ''],
    ['json-capitals', 'Encrypt', '1000005'],
  ] as const)('in the envelope %s has the key %s and an agent', async (callbackEnvelope, key, callbackAgentId) => {
    const { receiver, simulator } = await start({ callbackEnvelope, callbackAgentId })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    const agent = key === 'encrypt' ? 'agentid' : 'AgentID'
    expect(JSON.parse(receiver.bodies[0] ?? '')).toMatchObject({ [key]: expect.any(String), [agent]: callbackAgentId })
  })

  it('may name the component instead of the company', async () => {
    const { receiver, simulator } = await start({ callbackToUser: 'component' })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.messages[0]).toMatch(/<ToUserName><!\[CDATA\[gh_\w+\]\]>/)
  })

  it('may come without an agent', async () => {
    const { receiver, simulator } = await start({ callbackAgentId: null })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.bodies[0]).not.toContain('AgentID')
  })

  it('may stand for several messages, the last token being good for all', async () => {
    const { receiver, simulator } = await start({ callbackFoldMs: 50 })
    for (let i = 0; i < 3; i += 1) simulator.customerWrites({ externalUserId: CUSTOMER, text: String(i) })
    await simulator.callbacksSettled()
    expect(receiver.messages).toHaveLength(1)
    const token = /<Token><!\[CDATA\[(\w+)/.exec(receiver.messages[0] ?? '')?.[1]
    const { msg_list } = await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT, token })
    expect(msg_list).toHaveLength(3)
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '以后' })
    await simulator.callbacksSettled()
    expect(receiver.messages).toHaveLength(2)
  })

  it('says which accounts were given and taken', async () => {
    const { receiver, simulator } = await start()
    simulator.authoriseAccount({ openKfId: ACCOUNT, authorised: false })
    await simulator.callbacksSettled()
    expect(receiver.messages[0]).toContain(`<AuthDelOpenKfId><![CDATA[${ACCOUNT}]]></AuthDelOpenKfId>`)
    expect(await simulator.call('kf/sync_msg', { open_kfid: ACCOUNT })).toMatchObject({ errcode: 48007 })
  })

  it.each<[string, Receiver['answer'] | 'gone', string, number]>([
    ['is answered with 503', (response) => response.writeHead(503).end(), 'refused', 503],
    ['is not answered', () => {}, 'timeout', 0],
    ['is cut off', (response) => response.destroy(), 'unreachable', 0],
    ['finds nobody', 'gone', 'unreachable', 0],
  ])('is tried three times when it %s', async (_name, answer, outcome, status) => {
    const { receiver, simulator } = await start({ callbackBudgetMs: 60 })
    if (answer === 'gone') await receiver.close()
    else receiver.answer = answer
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(tries(simulator)).toEqual([
      { attempt: 1, outcome, status, willRetry: true },
      { attempt: 2, outcome, status, willRetry: true },
      { attempt: 3, outcome, status, willRetry: false },
    ])
  })

  it('is the same bytes at each try, and no more once one was accepted', async () => {
    const { receiver, simulator } = await start()
    let count = 0
    receiver.answer = (response) => {
      count += 1
      response.writeHead(count === 1 ? 500 : 200).end()
    }
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.bodies).toHaveLength(2)
    expect(receiver.bodies[0]).toBe(receiver.bodies[1])
  })

  it('may be signed anew at each try', async () => {
    const { receiver, simulator } = await start({ callbackRepeatIsSignedAnew: true })
    let count = 0
    receiver.answer = (response) => {
      count += 1
      response.writeHead(count === 1 ? 500 : 200).end()
    }
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.bodies[0]).not.toBe(receiver.bodies[1])
    expect(receiver.messages[0]).toBe(receiver.messages[1])
  })

  it('is not tried again after a status when the switch says so', async () => {
    const { receiver, simulator } = await start({ callbackRetriesOnStatus: false })
    receiver.answer = (response) => response.writeHead(503).end()
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(tries(simulator)).toEqual([{ attempt: 1, outcome: 'refused', status: 503, willRetry: false }])
  })

  it('may come twice, or never', async () => {
    const { receiver, simulator } = await start({ duplicateCallbackChance: 1 })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.messages).toHaveLength(2)
    expect(receiver.messages[0]).toBe(receiver.messages[1])
    simulator.setSwitches({ lostCallbackChance: 1 })
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(receiver.messages).toHaveLength(2)
    expect(simulator.callbackTries().at(-1)).toMatchObject({ outcome: 'lost', attempt: 0 })
  })

  it('may be overtaken', async () => {
    let second = 1_700_000_000
    const { receiver, simulator } = await start({ lateCallbackChance: 0.5, lateCallbackMs: 100 }, () => second * 1000)
    for (; second < 1_700_000_020; second += 1) simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    const times = receiver.messages.map((message) => /<CreateTime>(\d+)/.exec(message)?.[1])
    expect(times).toHaveLength(20)
    expect(times).not.toEqual([...times].sort())
  })

  it('is not posted while no address is set', async () => {
    const simulator = await startSimulator()
    simulator.customerWrites({ externalUserId: CUSTOMER, text: '在吗' })
    await simulator.callbacksSettled()
    expect(simulator.callbackTries()).toMatchObject([{ outcome: 'not-configured', attempt: 0 }])
  })
})

describe('the check of the address', () => {
  it('passes when the bare plaintext comes back', async () => {
    const { receiver, simulator } = await start()
    receiver.answer = (response, plaintext) => response.end(plaintext)
    expect(await simulator.checkCallbackUrl()).toMatchObject({ ok: true, status: 200, reason: '' })
  })

  it.each<[string, Receiver['answer'], RegExp]>([
    ['quotes around it', (response, plaintext) => response.end(`"${plaintext}"`), /明文/],
    ['a line feed after it', (response, plaintext) => response.end(`${plaintext}\n`), /明文/],
    ['another status', (response, plaintext) => response.writeHead(201).end(plaintext), /201/],
    ['silence', () => {}, /没有应答/],
  ])('fails on %s', async (_name, answer, reason) => {
    const { receiver, simulator } = await start({ verifyBudgetMs: 50 })
    receiver.answer = answer
    expect(await simulator.checkCallbackUrl()).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
  })
})

describe('the form of the console', () => {
  it('keeps what was checked with success, and what was there when it was not', async () => {
    const { receiver, simulator } = await start({ mode: 'native' })
    receiver.answer = (response, plaintext) => response.end(plaintext)
    const right = { url: receiver.url, token: receiver.token, aesKey: receiver.aesKey }
    expect(simulator.consolePage()).toMatchObject({ mode: 'native', secret: null })
    expect(await simulator.saveCallback({ ...right, url: 'http://127.0.0.1:1/callback' })).toMatchObject({ ok: false })
    expect(simulator.consolePage()).toMatchObject({ callbackUrl: receiver.url, secret: null })
    expect(await simulator.saveCallback(right)).toMatchObject({ ok: true })
    expect(simulator.consolePage().secret).toBe(SECRET)
  })

  it('shows the Secret of a self-built app from the beginning', async () => {
    const { simulator } = await start()
    expect(simulator.consolePage()).toMatchObject({ corpId: CORP_ID, mode: 'wecom', secret: SECRET })
  })

  it.each([{ token: 'with-a-dash' }, { aesKey: 'short' }, { url: 'ftp://x' }])('refuses %j', async (wrong) => {
    const { receiver, simulator } = await start()
    const right = { url: receiver.url, token: receiver.token, aesKey: receiver.aesKey }
    await expect(async () => simulator.saveCallback({ ...right, ...wrong })).rejects.toThrow()
  })
})
