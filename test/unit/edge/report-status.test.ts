import { describe, expect, it } from 'vitest'
import { NOTE_EVERY_MS } from '../../../edge/callback/note-refusals.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { signHandshake } from '../../../shared/bridge-handshake.ts'
import { NO_DATABASE, PROBE_PREFIX, parseEdgeStatus, STATUS_PATH } from '../../../shared/edge-status.ts'
import { dialBridge, until } from './support/bridge-client.ts'
import { createEdge, type EdgeUnderTest } from './support/create-edge.ts'
import { nudgeXml, signedCallback } from './support/signed-callback.ts'

interface AskOptions {
  secret?: string
  corpId?: string
  path?: string
  timestamp?: number
}

async function ask(edge: EdgeUnderTest, options: AskOptions = {}): Promise<Response> {
  const headers = await signHandshake(options.secret ?? edge.bindings.BRIDGE_TOKEN, {
    method: 'GET',
    path: options.path ?? STATUS_PATH,
    corpId: options.corpId ?? edge.corpId,
    timestamp: options.timestamp ?? Date.now(),
    nonce: crypto.randomUUID(),
    databaseId: NO_DATABASE,
    takeOver: false,
  })
  return edge.fetch(STATUS_PATH, { headers })
}

async function read(edge: EdgeUnderTest, options?: AskOptions) {
  const response = await ask(edge, options)
  expect(response.status).toBe(200)
  return parseEdgeStatus(await response.text())
}

async function checkUrl(edge: EdgeUnderTest, message = '5927782489442352469', options = {}): Promise<Response> {
  const { query, ciphertext } = await signedCallback(message, { corpId: edge.corpId, ...options })
  return edge.fetch(`/callback${query}&echostr=${encodeURIComponent(ciphertext)}`)
}

describe('who may read the status', () => {
  it.each<[string, AskOptions]>([
    ['another secret', { secret: 'another-secret-of-32-characters-x' }],
    ['another corp', { corpId: 'ww-other' }],
    ['a handshake for the socket', { path: '/bridge' }],
    ['one of two minutes ago', { timestamp: Date.now() - 120_000 }],
  ])('is refused like any stranger: %s', async (_name, options) => {
    const response = await ask(createEdge(), options)
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('')
  })

  it('is not who has no proof at all, and there is nothing to post', async () => {
    const edge = createEdge()
    expect((await edge.fetch(STATUS_PATH)).status).toBe(401)
    expect((await edge.fetch(STATUS_PATH, { method: 'POST' })).status).toBe(405)
  })

  it('is whoever holds the secret, and is told when it is the previous one', async () => {
    const edge = createEdge({ BRIDGE_TOKEN_PREVIOUS: 'the-previous-secret-of-32-charact' })
    expect(await read(edge)).toMatchObject({ isCurrentSecret: true, version: packageJson.version })
    expect(await read(edge, { secret: 'the-previous-secret-of-32-charact' })).toMatchObject({ isCurrentSecret: false })
  })
})

describe('what the status says', () => {
  it('knows of nothing at first', async () => {
    expect(await read(createEdge())).toEqual({
      version: packageJson.version,
      isCurrentSecret: true,
      urlCheckedAt: undefined,
      lastCallbackAt: undefined,
      refused: undefined,
      databaseId: undefined,
      bridgeConnected: false,
      bridgeSeenAt: undefined,
      pending: 0,
      oldestAgeMs: 0,
    })
  })

  it('knows when the console checked the URL, and does not take our own probe for it', async () => {
    const edge = createEdge()
    const before = Date.now()
    const probe = await checkUrl(edge, `${PROBE_PREFIX}1`)
    expect([probe.status, await probe.text()]).toEqual([200, `${PROBE_PREFIX}1`])
    expect((await read(edge)).urlCheckedAt).toBeUndefined()
    expect((await checkUrl(edge)).status).toBe(200)
    expect((await read(edge)).urlCheckedAt).toBeGreaterThanOrEqual(before)
  })

  it.each<[string, object]>([
    ['signature-wrong', { token: 'anotherToken' }],
    ['undecryptable', { encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' }],
    ['receiver-wrong', { corpId: 'ww-other' }],
  ])('knows why a URL check was refused: %s', async (reason, options) => {
    const edge = createEdge()
    expect((await checkUrl(edge, '1', options)).status).toBe(403)
    expect((await read(edge)).refused).toEqual({ reason, at: expect.closeTo(Date.now(), -4) })
    expect((await read(edge)).urlCheckedAt).toBeUndefined()
  })

  it('knows of a callback that came, of one that was refused, and of the bridge', async () => {
    const edge = createEdge()
    const { query, body } = await signedCallback(nudgeXml({ openKfId: 'wk1' }), { corpId: edge.corpId })
    expect((await edge.fetch(`/callback${query}`, { method: 'POST', body })).status).toBe(200)
    const forged = query.replace(/msg_signature=./, 'msg_signature=x')
    expect((await edge.fetch(`/callback${forged}`, { method: 'POST', body })).status).toBe(403)
    const bridge = await dialBridge(edge)
    await until(() => bridge.mail().length === 1)
    expect(await read(edge)).toMatchObject({
      lastCallbackAt: expect.closeTo(Date.now(), -4),
      refused: { reason: 'signature-wrong' },
      databaseId: 'database-1',
      bridgeConnected: true,
      pending: 1,
    })
    bridge.close()
  })
})

describe('what a flood of forged callbacks costs', () => {
  it('is one note a minute and reason', async () => {
    let now = Date.now()
    const edge = createEdge({}, () => now)
    const told: string[] = []
    const mailbox = {
      noteRefusal: async (reason: string) => void told.push(reason),
      report: () => edge.mailbox.report(),
    }
    // The stub of the runtime can not be counted, one of our own can.
    edge.bindings.MAILBOX = { getByName: () => mailbox } as unknown as typeof edge.bindings.MAILBOX
    for (let round = 0; round < 5; round += 1) await checkUrl(edge, '1', { token: 'anotherToken' })
    expect(told).toEqual(['signature-wrong'])
    await checkUrl(edge, '1', { corpId: 'ww-other' })
    expect(told).toEqual(['signature-wrong', 'receiver-wrong'])
    now += NOTE_EVERY_MS
    await checkUrl(edge, '1', { token: 'anotherToken' })
    expect(told).toEqual(['signature-wrong', 'receiver-wrong', 'signature-wrong'])
  })

  it('is one row a minute, also when every isolate tells', async () => {
    const edge = createEdge()
    await edge.mailbox.noteRefusal('signature-wrong')
    const first = (await read(edge)).refused?.at ?? 0
    await until(() => Date.now() > first)
    await edge.mailbox.noteRefusal('signature-wrong')
    expect((await read(edge)).refused?.at).toBe(first)
  })

  it('costs no more than a bare refusal when the mailbox is away', async () => {
    const edge = createEdge()
    edge.bindings.MAILBOX = {
      getByName: () => ({ noteRefusal: () => Promise.reject(new Error('away')) }),
    } as unknown as typeof edge.bindings.MAILBOX
    expect((await checkUrl(edge, '1', { token: 'anotherToken' })).status).toBe(403)
    expect(edge.logged.map(({ name }) => name)).toContain('callback.refusal-not-noted')
  })
})
