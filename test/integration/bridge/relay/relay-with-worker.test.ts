/** The relay against the real Worker in workerd, with truly encrypted callbacks. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { createRelay, type Relay, type RelayDeps } from '../../../../bridge/relay/relay.ts'
import { RELAY_TIMING } from '../../../../bridge/relay/relay-timing.ts'
import { encryptCallback, importCallbackKey } from '../../../../shared/callback-cipher.ts'
import { signCallback } from '../../../../shared/callback-signature.ts'
import { createGate } from '../../../support/gate.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const CORP_ID = 'ww1234567890abcdef'
const CALLBACK_TOKEN = 'callbackToken'
const AES_KEY = randomBytes(32).toString('base64').slice(0, 43)
const BRIDGE_TOKEN = 'bridge-secret-of-thirty-two-chars'
const TIMING = { ...RELAY_TIMING, redial: { baseMs: 50, maxMs: 200 }, stopTimeoutMs: 1_000 }

describe('createRelay against the Worker', () => {
  const worker = {
    configPath: './wrangler.toml',
    secrets: { WECHAT_CORP_ID: CORP_ID, WECHAT_TOKEN: CALLBACK_TOKEN, WECHAT_AESKEY: AES_KEY, BRIDGE_TOKEN },
  }
  const edge = createTestHarness({ workers: [worker] })
  let edgeUrl: string
  let databaseId: string
  const relays: Relay[] = []

  beforeAll(async () => {
    edgeUrl = (await edge.listen()).url.origin
  })
  afterAll(() => edge.close())
  beforeEach(() => {
    databaseId = randomUUID()
  })
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()))
  })

  /** Each test works on a database of its own, so the first relay of a test takes the mailbox from the one before. */
  function startRelay(deps: Partial<RelayDeps> = {}) {
    const log = createRecordingLogger()
    const stored: string[] = []
    const relay = createRelay({
      edgeUrl,
      bridgeToken: BRIDGE_TOKEN,
      corpId: CORP_ID,
      databaseId,
      takeOver: { isWanted: async () => true, done: async () => {} },
      store: {
        acceptNudge: async ({ openKfId, token }) => {
          stored.push(`${openKfId} ${token}`)
          return [openKfId]
        },
        acceptEvent: async () => [],
      },
      publish: async () => {},
      log,
      timing: TIMING,
      ...deps,
    })
    relays.push(relay)
    relay.start()
    const untilUp = () => waitUntil(() => relay.state().up, { what: 'the relay is up' })
    const reason = () => {
      const state = relay.state()
      return state.up ? '' : state.reason
    }
    return { relay, stored, log, untilUp, reason }
  }

  async function postNudge(openKfId: string, nudgeToken: string): Promise<void> {
    const timestamp = String(Math.floor(Date.now() / 1000))
    const message =
      `<xml><ToUserName>${CORP_ID}</ToUserName><CreateTime>${timestamp}</CreateTime><MsgType>event</MsgType>` +
      `<Event>kf_msg_or_event</Event><Token>${nudgeToken}</Token><OpenKfId>${openKfId}</OpenKfId></xml>`
    const ciphertext = await encryptCallback(await importCallbackKey(AES_KEY), message, CORP_ID)
    const signature = await signCallback({ token: CALLBACK_TOKEN, timestamp, nonce: 'n', ciphertext })
    const body = `<xml><ToUserName>${CORP_ID}</ToUserName><Encrypt>${ciphertext}</Encrypt></xml>`
    const query = `msg_signature=${signature}&timestamp=${timestamp}&nonce=n`
    const response = await fetch(`${edgeUrl}/callback?${query}`, { method: 'POST', body })
    expect([response.status, await response.text()]).toEqual([200, 'success'])
  }

  it('stores what waited and what arrives, and what is acknowledged does not come again', async () => {
    await postNudge('wkBefore', 't1')
    const first = startRelay()
    await first.untilUp()
    await postNudge('wkAfter', 't2')
    await waitUntil(() => first.stored.length >= 2, { what: 'both are stored' })
    expect(first.stored).toEqual(['wkBefore t1', 'wkAfter t2'])
    await first.relay.stop()

    const second = startRelay()
    await second.untilUp()
    expect(second.stored).toEqual([])
  })

  it('is given again what it had not stored when it went', async () => {
    const gate = createGate()
    const first = startRelay({
      store: {
        acceptNudge: async ({ openKfId }) => [await gate.handler(openKfId)],
        acceptEvent: async () => [],
      },
    })
    await first.untilUp()
    await postNudge('wkHeld', 't1')
    await waitUntil(() => gate.running() === 1, { what: 'it is being stored' })
    // The store never answers, so it goes without an acknowledgement, as a killed process would.
    await first.relay.stop()

    const second = startRelay()
    await waitUntil(() => second.stored.length > 0, { what: 'it is delivered again' })
    expect(second.stored).toEqual(['wkHeld t1'])
  })

  it('comes back by itself after a deploy that cut its connection', async () => {
    const { untilUp, stored, log } = startRelay()
    await untilUp()
    await edge.update((options) => options)
    await waitUntil(() => log.lines.filter(({ name }) => name === 'relay.up').length > 1, { what: 'it is up again' })
    await untilUp()
    await postNudge('wkDeployed', 't1')
    await waitUntil(() => stored.includes('wkDeployed t1'), { what: 'it is stored' })
  })

  it('yields to a newer session on the same database, and waits', async () => {
    const first = startRelay()
    await first.untilUp()
    const second = startRelay()
    await second.untilUp()
    await waitUntil(() => first.reason().includes('took the connection over'), { what: 'the first one is told' })
    expect(second.relay.state().up).toBe(true)
  })

  it('is kept off the mailbox of another database until it is told to take over', async () => {
    const owner = startRelay()
    await owner.untilUp()
    let isWanted = false
    const takeOver = {
      isWanted: async () => isWanted,
      done: async () => {
        isWanted = false
      },
    }
    const stranger = startRelay({ databaseId: randomUUID(), takeOver })
    await waitUntil(() => stranger.reason().includes('relay take-over'), { what: 'it is told' })
    expect(owner.relay.state().up).toBe(true)
    await postNudge('wkOwned', 't1')
    await waitUntil(() => owner.stored.includes('wkOwned t1'), { what: 'the owner has it' })
    expect(stranger.stored).toEqual([])

    isWanted = true
    stranger.relay.hurry()
    await stranger.untilUp()
    expect(isWanted).toBe(false)
    await waitUntil(() => !owner.relay.state().up, { what: 'the owner is pushed out' })
  })

  it('is refused with another secret, and says what to check', async () => {
    const { reason } = startRelay({ bridgeToken: 'a-different-secret-of-32-characters' })
    await waitUntil(() => reason().includes('BRIDGE_TOKEN'), { what: 'it is told' })
  })
})
