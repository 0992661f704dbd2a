import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_BODY_BYTES } from '../../../edge/callback/receive-callback.ts'
import { HANDSHAKE_HEADERS } from '../../../shared/bridge-handshake.ts'
import { importCallbackKey } from '../../../shared/callback-cipher.ts'
import {
  BROKEN_JSON_E,
  type CallbackVector,
  CHINESE_K3,
  ECHOSTR_A,
  ECHOSTR_W1,
  JSON_C,
  NUDGE_K1,
  NUDGE_K2,
  PUBLISHED_KEYS,
  WECHATPY_KEYS,
  XML_B,
} from '../shared/callback-vectors.ts'
import { dialBridge, settle, upgradeHeaders } from './support/bridge-client.ts'
import { createEdge, type EdgeUnderTest } from './support/create-edge.ts'
import { nudgeXml, signCiphertext, signedCallback } from './support/signed-callback.ts'

/** The same for every answer, so that they tell nothing apart. */
const BARE_HEADERS = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000'],
  ['x-content-type-options', 'nosniff'],
]

const PREVIOUS_TOKEN = 'previousToken'
const PREVIOUS_AESKEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'

function queryOf({ signature, timestamp, nonce }: CallbackVector): string {
  return `?msg_signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`
}

async function post(edge: EdgeUnderTest, message: string, options = {}): Promise<Response> {
  const { query, body } = await signedCallback(message, { corpId: edge.corpId, ...options })
  return edge.fetch(`/callback${query}`, { method: 'POST', body })
}

async function pending(edge: EdgeUnderTest): Promise<number> {
  return (await edge.mailbox.report()).pending
}

/** Says nothing to outsiders but its status. */
async function expectBare(response: Response, status: number): Promise<void> {
  expect(response.status).toBe(status)
  expect(await response.text()).toBe('')
}

describe('the published vectors through the whole Worker', () => {
  it.each([ECHOSTR_A, CHINESE_K3])('$label: the URL check answers the bare message', async (vector) => {
    const echostr = encodeURIComponent(vector.ciphertext)
    const response = await exports.default.fetch(`https://edge/callback${queryOf(vector)}&echostr=${echostr}`)
    expect(response.status).toBe(200)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new TextEncoder().encode(vector.message))
  })

  it('A: a plus that was not encoded is still a plus', async () => {
    const echostr = ECHOSTR_A.ciphertext.replaceAll('/', '%2F').replaceAll('=', '%3D')
    expect(echostr).toContain('+')
    const response = await exports.default.fetch(`https://edge/callback${queryOf(ECHOSTR_A)}&echostr=${echostr}`)
    expect(await response.text()).toBe(ECHOSTR_A.message)
  })

  it('W1: the URL check under a key with trailing bits', async () => {
    const edge = createEdge({
      WECHAT_TOKEN: WECHATPY_KEYS.token,
      WECHAT_AESKEY: WECHATPY_KEYS.encodingAesKey,
      WECHAT_CORP_ID: WECHATPY_KEYS.corpId,
    })
    const path = (vector: CallbackVector) =>
      `/callback${queryOf(vector)}&echostr=${encodeURIComponent(vector.ciphertext)}`
    expect(await (await edge.fetch(path(ECHOSTR_W1))).text()).toBe(ECHOSTR_W1.message)
    await expectBare(await edge.fetch(path({ ...ECHOSTR_W1, nonce: '437374424' })), 403)
  })

  it.each([
    ['XML', XML_B, `<xml><Encrypt><![CDATA[${XML_B.ciphertext}]]></Encrypt></xml>`],
    ['the Go sample', JSON_C, JSON.stringify({ tousername: 'c', encrypt: JSON_C.ciphertext, agentid: '218' })],
    [
      'the PHP sample',
      BROKEN_JSON_E,
      JSON.stringify({ ToUserName: 'c', Encrypt: BROKEN_JSON_E.ciphertext, AgentID: 218 }),
    ],
    ['a nudge as XML', NUDGE_K1, `<xml><Encrypt><![CDATA[${NUDGE_K1.ciphertext}]]></Encrypt></xml>`],
    ['a nudge as JSON', NUDGE_K2, JSON.stringify({ encrypt: NUDGE_K2.ciphertext })],
    ['a nudge as JSON in an XML envelope', NUDGE_K2, `<xml><Encrypt>${NUDGE_K2.ciphertext}</Encrypt></xml>`],
  ])('%s is taken', async (_what, vector, body) => {
    const response = await exports.default.fetch(`https://edge/callback${queryOf(vector)}`, { method: 'POST', body })
    expect([response.status, await response.text()]).toEqual([200, 'success'])
  })
})

describe('POST /callback', () => {
  it('has stored what it answers success to', async () => {
    const edge = createEdge()
    const response = await post(edge, nudgeXml({ openKfId: 'wk1' }))
    expect([response.status, await response.text()]).toEqual([200, 'success'])
    const bridge = await dialBridge(edge)
    await settle(bridge)
    expect(bridge.mail()[0]).toMatchObject({ nudge: { openKfId: 'wk1', token: 'ENC1', createTime: 1_700_000_000 } })
  })

  it('takes the same callback again, encrypted anew, and stores it once', async () => {
    const edge = createEdge()
    for (let delivery = 0; delivery < 3; delivery += 1) {
      expect((await post(edge, nudgeXml({ openKfId: 'wk1' }))).status).toBe(200)
    }
    expect(await pending(edge)).toBe(1)
    const bridge = await dialBridge(edge)
    await settle(bridge)
    expect(bridge.mail()[0]?.number).toBe(1)
  })

  it('keeps a change of authorisation once, however often it comes', async () => {
    const edge = createEdge()
    const message =
      '<xml><CreateTime>1700000000</CreateTime><MsgType>event</MsgType><Event>kf_account_auth_change</Event><AuthAddOpenKfId>wk1</AuthAddOpenKfId></xml>'
    await post(edge, message)
    await post(edge, message)
    await post(edge, message.replace('wk1', 'wk2'))
    expect(await pending(edge)).toBe(2)
    expect(edge.logged).toContainEqual({
      level: 'info',
      name: 'callback.event-kept',
      fields: { event: 'kf_account_auth_change' },
    })
  })

  it.each([
    ['another event', '<xml><Event>enter_agent</Event></xml>', 'enter_agent'],
    ['a text message', XML_B.message, 'text'],
    ['what cannot be read', BROKEN_JSON_E.message, 'unreadable'],
  ])('answers success to %s, keeps nothing and logs only its name', async (_what, message, event) => {
    const edge = createEdge()
    expect((await post(edge, message)).status).toBe(200)
    expect(await pending(edge)).toBe(0)
    expect(edge.logged).toEqual([{ level: 'info', name: 'callback.ignored', fields: { event } }])
  })

  it('takes a body as large as it may be', async () => {
    const edge = createEdge()
    const { query, ciphertext } = await signedCallback(nudgeXml(), { corpId: edge.corpId })
    const envelope = (filler: string) => `<xml><Encrypt>${ciphertext}</Encrypt><A>${filler}</A></xml>`
    const body = envelope('a'.repeat(MAX_BODY_BYTES - envelope('').length))
    expect((await edge.fetch(`/callback${query}`, { method: 'POST', body })).status).toBe(200)
    await expectBare(await edge.fetch(`/callback${query}`, { method: 'POST', body: `${body} ` }), 413)
  })

  it('stops at the same size when a body comes in chunks and states no length', async () => {
    const edge = createEdge()
    const { query } = await signedCallback(nudgeXml(), { corpId: edge.corpId })
    let chunks = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks += 1
        controller.enqueue(new TextEncoder().encode('<a>'.repeat(1024)))
      },
    })
    await expectBare(await edge.fetch(`/callback${query}`, { method: 'POST', body }), 413)
    expect(chunks).toBeLessThan(200)
  })
})

describe('a forgery of any kind gets one and the same bare 403', () => {
  const forgeries: [string, (corpId: string) => Promise<{ query: string; body: string }>][] = [
    [
      'another signature',
      async (corpId) => {
        const { query, body } = await signedCallback(nudgeXml(), { corpId })
        return { query: query.replace(/msg_signature=./, 'msg_signature=x'), body }
      },
    ],
    ['another token', (corpId) => signedCallback(nudgeXml(), { corpId, token: 'another' })],
    ['another key', (corpId) => signedCallback(nudgeXml(), { corpId, encodingAesKey: PREVIOUS_AESKEY })],
    ['another receiver', () => signedCallback(nudgeXml(), { corpId: 'another-company' })],
    ['no receiver', () => signedCallback(nudgeXml(), { corpId: '' })],
    ['a receiver that only begins right', (corpId) => signedCallback(nudgeXml(), { corpId: `${corpId}x` })],
    [
      'a body swapped under the signature',
      async (corpId) => ({
        query: (await signedCallback(nudgeXml(), { corpId })).query,
        body: (await signedCallback(nudgeXml({ openKfId: 'wk' }), { corpId })).body,
      }),
    ],
    ['a signed ciphertext that is not base64', () => signCiphertext('%%%')],
    ['a signed ciphertext of the wrong length', () => signCiphertext(btoa('0123456789'))],
    [
      'a signed ciphertext with bad padding',
      async () => signCiphertext(await rawCiphertext(new Uint8Array(32).fill(99))),
    ],
    [
      'a signed frame that lies about its length',
      async () => {
        const frame = new Uint8Array(32).fill(4)
        return signCiphertext(await rawCiphertext(frame))
      },
    ],
  ]

  it.each(forgeries)('POST with %s', async (_what, forge) => {
    const edge = createEdge()
    const { query, body } = await forge(edge.corpId)
    const response = await edge.fetch(`/callback${query}`, { method: 'POST', body })
    expect([...response.headers]).toEqual(BARE_HEADERS)
    await expectBare(response, 403)
    expect(await pending(edge)).toBe(0)
  })

  it.each(forgeries)('URL check with %s', async (_what, forge) => {
    const edge = createEdge()
    const { query, body } = await forge(edge.corpId)
    const echostr = /CDATA\[([^\]]*)\]\]><\/Encrypt>/.exec(body)?.[1] ?? ''
    const response = await edge.fetch(`/callback${query}&echostr=${encodeURIComponent(echostr)}`)
    expect([...response.headers]).toEqual(BARE_HEADERS)
    await expectBare(response, 403)
  })

  it('while the log tells the operator which kind it was', async () => {
    const edge = createEdge()
    const post = async (callback: { query: string; body: string }) =>
      edge.fetch(`/callback${callback.query}`, { method: 'POST', body: callback.body })
    await post(await signedCallback(nudgeXml(), { corpId: edge.corpId, token: 'another' }))
    await post(await signedCallback(nudgeXml(), { corpId: edge.corpId, encodingAesKey: PREVIOUS_AESKEY }))
    await post(await signedCallback(nudgeXml(), { corpId: 'another-company' }))
    expect(edge.logged.map(({ name, fields }) => [name, fields.code])).toEqual([
      ['request.refused', 'callback.signature-wrong'],
      ['request.refused', 'callback.undecryptable'],
      ['request.refused', 'callback.receiver-wrong'],
    ])
  })
})

describe('what is malformed gets a bare 400', () => {
  it.each([
    ['GET without a query', 'GET', '', undefined],
    ['GET without echostr', 'GET', '?msg_signature=a&timestamp=1&nonce=2', undefined],
    ['GET with a broken escape', 'GET', '?msg_signature=a&timestamp=1&nonce=2&echostr=%', undefined],
    ['POST without a query', 'POST', '', '<xml><Encrypt>a</Encrypt></xml>'],
    ['POST without a nonce', 'POST', '?msg_signature=a&timestamp=1', '<xml><Encrypt>a</Encrypt></xml>'],
    ['POST without a body', 'POST', '?msg_signature=a&timestamp=1&nonce=2', ''],
    ['POST without Encrypt', 'POST', '?msg_signature=a&timestamp=1&nonce=2', '<xml><A>1</A></xml>'],
    ['POST of plain words', 'POST', '?msg_signature=a&timestamp=1&nonce=2', 'hello'],
    ['POST with a DTD', 'POST', '?msg_signature=a&timestamp=1&nonce=2', '<!DOCTYPE a><xml><Encrypt>a</Encrypt></xml>'],
  ])('%s', async (_what, method, query, body) => {
    const init = body === undefined ? { method } : { method, body }
    await expectBare(await createEdge().fetch(`/callback${query}`, init), 400)
  })

  it('also with a DTD around a callback that is signed and encrypted well', async () => {
    const edge = createEdge()
    const { query, body } = await signedCallback(nudgeXml(), { corpId: edge.corpId })
    await expectBare(await edge.fetch(`/callback${query}`, { method: 'POST', body: `<!DOCTYPE xml>${body}` }), 400)
    expect(await pending(edge)).toBe(0)
  })
})

describe('rotation of Token and AESKey', () => {
  const settings = { WECHAT_TOKEN_PREVIOUS: PREVIOUS_TOKEN, WECHAT_AESKEY_PREVIOUS: PREVIOUS_AESKEY }
  const previous = { token: PREVIOUS_TOKEN, encodingAesKey: PREVIOUS_AESKEY }
  it.each([
    ['the current pair', settings, {}, 200],
    ['the previous pair', settings, previous, 200],
    ['the previous token with the current key', settings, { token: PREVIOUS_TOKEN }, 200],
    ['the current token with the previous key', settings, { encodingAesKey: PREVIOUS_AESKEY }, 200],
    [
      'a previous token while only the token rotates',
      { WECHAT_TOKEN_PREVIOUS: PREVIOUS_TOKEN },
      { token: PREVIOUS_TOKEN },
      200,
    ],
    ['a previous key while only the token rotates', { WECHAT_TOKEN_PREVIOUS: PREVIOUS_TOKEN }, previous, 403],
    ['the previous pair once the rotation is over', {}, previous, 403],
    [
      'the previous pair after its settings were emptied',
      { WECHAT_TOKEN_PREVIOUS: '', WECHAT_AESKEY_PREVIOUS: '' },
      previous,
      403,
    ],
    ['a third token', settings, { token: 'third' }, 403],
  ])('%s', async (_what, bindings, sender, status) => {
    expect((await post(createEdge(bindings), nudgeXml(), sender)).status).toBe(status)
  })
})

describe('methods and paths', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s gets a 405 on every route', async (method) => {
    for (const path of ['/callback', '/bridge', '/healthz'])
      await expectBare(await createEdge().fetch(path, { method }), 405)
  })

  it.each(['/bridge', '/healthz'])('POST %s gets a 405', async (path) => {
    await expectBare(await createEdge().fetch(path, { method: 'POST' }), 405)
  })

  it.each(['/', '/callback/', '/callback/x', '/Callback', '/bridge/x', '/favicon.ico', '/.env'])(
    '%s gets a bare 404',
    async (path) => {
      await expectBare(await createEdge().fetch(path), 404)
      await expectBare(await createEdge().fetch(path, { method: 'POST', body: 'x' }), 404)
    },
  )
})

describe('GET /bridge', () => {
  it('without an upgrade gets a 426', async () => {
    const response = await createEdge().fetch('/bridge')
    expect(response.headers.get('upgrade')).toBe('websocket')
    await expectBare(response, 426)
  })

  it.each<[string, string, (edge: EdgeUnderTest) => Promise<Record<string, string>>]>([
    ['no handshake', 'incomplete', async () => ({ upgrade: 'websocket' })],
    ['a missing nonce', 'incomplete', async (edge) => without(await upgradeHeaders(edge), HANDSHAKE_HEADERS.nonce)],
    [
      'a missing database',
      'incomplete',
      async (edge) => without(await upgradeHeaders(edge), HANDSHAKE_HEADERS.database),
    ],
    [
      'a signature that is not hex',
      'incomplete',
      async (edge) => ({ ...(await upgradeHeaders(edge)), [HANDSHAKE_HEADERS.signature]: 'zz' }),
    ],
    ['another secret', 'forged', (edge) => upgradeHeaders(edge, { secret: 'another-secret-of-some-length' })],
    ['another company', 'forged', (edge) => upgradeHeaders(edge, { corpId: 'another-company' })],
    [
      'a database changed on the way',
      'forged',
      async (edge) => ({ ...(await upgradeHeaders(edge)), [HANDSHAKE_HEADERS.database]: 'mine' }),
    ],
    [
      'a take-over added on the way',
      'forged',
      async (edge) => ({ ...(await upgradeHeaders(edge)), [HANDSHAKE_HEADERS.takeOver]: '1' }),
    ],
    ['a clock 61 s slow', 'stale', (edge) => upgradeHeaders(edge, { timestamp: Date.now() - 61_000 })],
    ['a clock 61 s fast', 'stale', (edge) => upgradeHeaders(edge, { timestamp: Date.now() + 62_000 })],
  ])('with %s gets a bare 401 before the mailbox is touched', async (_what, reason, headersFor) => {
    const edge = createEdge()
    const unreachable = createEdge({ WECHAT_CORP_ID: edge.corpId, ...failingMailbox(new Error('must not be called')) })
    const response = await unreachable.fetch('/bridge', { headers: await headersFor(edge) })
    expect([...response.headers]).toEqual(BARE_HEADERS)
    await expectBare(response, 401)
    expect(unreachable.logged).toEqual([
      { level: 'warn', name: 'request.refused', fields: { status: 401, code: `bridge.handshake-${reason}` } },
    ])
  })

  it('accepts the previous secret during a rotation, and says so in the log', async () => {
    const edge = createEdge({ BRIDGE_TOKEN_PREVIOUS: 'the-secret-of-yesterday' })
    await settle(await dialBridge(edge, { secret: 'the-secret-of-yesterday' }))
    expect(edge.logged).toEqual([{ level: 'warn', name: 'bridge.previous-secret', fields: {} }])
    await settle(await dialBridge(edge))
    expect(edge.logged.length).toBe(1)
  })
})

describe('when the mailbox fails', () => {
  it.each<[string, Error]>([
    ['its storage is full', new Error('Exceeded allowed rows written in Durable Objects free tier.')],
    ['it is overloaded', Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true })],
  ])('because %s, a callback gets a bare 503 and the log says why', async (_what, failure) => {
    const edge = createEdge(failingMailbox(failure))
    await expectBare(await post(edge, nudgeXml()), 503)
    expect(edge.logged).toEqual([
      {
        level: 'error',
        name: 'request.failed',
        fields: { status: 503, code: 'mailbox.unavailable', reason: failure.message },
      },
    ])
  })

  it('a mailbox that hangs gets a 503 before the platform stops waiting', { timeout: 10_000 }, async () => {
    const edge = createEdge(hangingMailbox())
    const started = Date.now()
    await expectBare(await post(edge, nudgeXml()), 503)
    expect(Date.now() - started).toBeLessThan(4900)
  })

  it('what needs no mailbox is answered', async () => {
    const edge = createEdge(failingMailbox(new Error('down')))
    expect((await post(edge, '<xml><Event>enter_agent</Event></xml>')).status).toBe(200)
    const { query, ciphertext } = await signedCallback('12345', { corpId: edge.corpId })
    const check = await edge.fetch(`/callback${query}&echostr=${encodeURIComponent(ciphertext)}`)
    expect(await check.text()).toBe('12345')
  })

  it('a bridge gets a bare 503', async () => {
    const edge = createEdge(failingMailbox(new Error('down')))
    await expectBare(await edge.fetch('/bridge', { headers: await upgradeHeaders(edge) }), 503)
  })
})

describe('when a setting is wrong', () => {
  it.each(['/callback?msg_signature=a&timestamp=1&nonce=2&echostr=b', '/bridge', '/healthz'])(
    '%s gets a bare 503, and the log names every fault without a value',
    async (path) => {
      const edge = createEdge({
        WECHAT_AESKEY: 'sensitive-but-short',
        BRIDGE_TOKEN: '',
        WECHAT_TOKEN: 'sensitive token',
      })
      await expectBare(await edge.fetch(path), 503)
      expect(edge.logged.length).toBe(1)
      const faults = String(edge.logged[0]?.fields.faults)
      expect(faults).toContain('WECHAT_AESKEY must be 43 base64 characters')
      expect(faults).toContain('WECHAT_TOKEN must be')
      expect(faults).toContain('BRIDGE_TOKEN is not set')
      expect(faults).not.toContain('sensitive')
    },
  )
})

it('nothing that a callback carries reaches the log', async () => {
  const edge = createEdge()
  await post(edge, nudgeXml({ openKfId: 'wkSecretAccount', token: 'SECRETTOKEN' }))
  await post(edge, '<xml><MsgType>text</MsgType><Content>customer words</Content></xml>')
  await post(edge, nudgeXml(), { token: 'another' })
  const text = JSON.stringify(edge.logged)
  for (const secret of ['wkSecretAccount', 'SECRETTOKEN', 'customer words', PUBLISHED_KEYS.token, 'msg_signature']) {
    expect(text).not.toContain(secret)
  }
})

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))
}

/** A mailbox whose every call is refused, as the runtime does when a limit of the plan is used up. */
function failingMailbox(failure: Error) {
  const fail = () => Promise.reject(failure)
  return stubMailbox({ keepNudge: fail, keepEvent: fail, report: fail, fetch: fail })
}

function hangingMailbox() {
  const hang = () => new Promise<never>(() => undefined)
  return stubMailbox({ keepNudge: hang, keepEvent: hang, report: hang, fetch: hang })
}

function stubMailbox(mailbox: object) {
  // Only what the Worker calls of a namespace.
  const namespace = { getByName: () => mailbox } as unknown as EdgeUnderTest['bindings']['MAILBOX']
  return { MAILBOX: namespace }
}

/** Encrypts whole blocks as they are under the published key. */
async function rawCiphertext(plaintext: Uint8Array<ArrayBuffer>): Promise<string> {
  const { aes, iv } = await importCallbackKey(PUBLISHED_KEYS.encodingAesKey)
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, aes, plaintext)
  return btoa(String.fromCharCode(...new Uint8Array(encrypted, 0, plaintext.length)))
}
