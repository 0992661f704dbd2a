/**
 * The first promise: a callback answered with 200 is stored. The real Worker in workerd, on a fresh folder, killed with -9
 * as a whole group while callbacks arrive; and that what is tested here can be deployed.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { signHandshake } from '../../shared/bridge-handshake.ts'
import { type CallbackKey, encryptCallback, importCallbackKey } from '../../shared/callback-cipher.ts'
import { signCallback } from '../../shared/callback-signature.ts'
import { HEARTBEAT, type Mail, parseEdgeFrame } from '../../shared/frames.ts'
import { type EdgeProcess, startEdge } from '../support/edge-process.ts'
import { isListening } from '../support/is-listening.ts'
import { waitUntil } from '../support/wait-until.ts'

const VARS = {
  WECHAT_CORP_ID: 'ww00000000durable0',
  WECHAT_TOKEN: 'durableToken',
  WECHAT_AESKEY: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
  BRIDGE_TOKEN: 'a-secret-for-the-durability-test',
}

let folder: string
let key: CallbackKey
const edges: EdgeProcess[] = []
const sockets: WebSocket[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kefu-durability-'))
  key = await importCallbackKey(VARS.WECHAT_AESKEY)
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await Promise.all(edges.splice(0).map((edge) => edge.kill()))
  await rm(folder, { recursive: true, force: true })
})

async function start(port?: number): Promise<EdgeProcess> {
  const edge = await startEdge({ persistTo: folder, vars: VARS, ...(port !== undefined && { port }) })
  edges.push(edge)
  return edge
}

/** Resolves with the status, or with 0 when the connection broke, as the platform would see it. */
async function postNudge(edge: EdgeProcess, openKfId: string): Promise<number> {
  const message = `<xml><CreateTime>1700000000</CreateTime><MsgType>event</MsgType><Event>kf_msg_or_event</Event><Token>T</Token><OpenKfId>${openKfId}</OpenKfId></xml>`
  const ciphertext = await encryptCallback(key, message, VARS.WECHAT_CORP_ID)
  const timestamp = '1700000000'
  const nonce = randomBytes(4).toString('hex')
  const signature = await signCallback({ token: VARS.WECHAT_TOKEN, timestamp, nonce, ciphertext })
  const query = new URLSearchParams({ msg_signature: signature, timestamp, nonce })
  try {
    const response = await fetch(`${edge.url}/callback?${query}`, {
      method: 'POST',
      body: `<xml><Encrypt><![CDATA[${ciphertext}]]></Encrypt></xml>`,
      signal: AbortSignal.timeout(10_000),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

interface Bridge {
  socket: WebSocket
  mail: Mail[]
  closed(): number | undefined
  accounts(): Set<string>
  /** Resolves when the mailbox has dealt with all that was sent before; how much still waits then. */
  settle(): Promise<number>
}

async function dial(edge: EdgeProcess): Promise<Bridge> {
  const headers = await signHandshake(VARS.BRIDGE_TOKEN, {
    method: 'GET',
    path: '/bridge',
    corpId: VARS.WECHAT_CORP_ID,
    timestamp: Date.now(),
    nonce: randomBytes(8).toString('hex'),
    databaseId: 'durable',
    takeOver: false,
  })
  const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/bridge`, { headers, perMessageDeflate: false })
  sockets.push(socket)
  const mail: Mail[] = []
  const statuses: number[] = []
  let closed: number | undefined
  socket.on('message', (data) => {
    if (String(data) === HEARTBEAT.pong) return
    const frame = parseEdgeFrame(String(data))
    if (frame?.type === 'deliver') mail.push(...frame.mail)
    if (frame?.type === 'status') statuses.push(frame.pending)
  })
  socket.on('close', (code) => {
    closed = code
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return {
    socket,
    mail,
    closed: () => closed,
    accounts: () => new Set(mail.map((piece) => (piece.kind === 'nudge' ? piece.nudge.openKfId : piece.event.name))),
    async settle() {
      const before = statuses.length
      socket.send(JSON.stringify({ type: 'sync' }))
      return waitUntil(() => statuses[before], { what: 'the mailbox answers a sync' })
    },
  }
}

it('what was answered 200 survives kill -9 of everything, and what was acknowledged never comes again', async () => {
  const first = await start()
  const acknowledged = await Promise.all(
    Array.from({ length: 10 }, (_, index) => `wkDone${index}`).map((id) => postNudge(first, id)),
  )
  expect(acknowledged).toEqual(new Array(10).fill(200))
  const bridge = await dial(first)
  await waitUntil(() => bridge.mail.length === 10, { what: 'the first ten are delivered' })
  bridge.socket.send(JSON.stringify({ type: 'ack', numbers: bridge.mail.map(({ number }) => number) }))
  expect(await bridge.settle()).toBe(0)

  // Callbacks keep coming from several sides until the connection breaks under them.
  const promised = new Set<string>()
  let next = 0
  const sender = async () => {
    for (;;) {
      const id = `wkKept${next++}`
      // As it dies it may still refuse; only a 200 is a promise.
      if ((await postNudge(first, id)) !== 200) return
      promised.add(id)
    }
  }
  const senders = Array.from({ length: 8 }, sender)
  await waitUntil(() => promised.size >= 60, { what: 'sixty callbacks are answered', timeoutMs: 20_000 })
  await first.kill()
  await Promise.all(senders)
  await waitUntil(() => bridge.closed(), { what: 'the bridge notices' })

  const second = await start(first.port)
  const again = await dial(second)
  await waitUntil(() => promised.isSubsetOf(again.accounts()), { what: 'all that was promised is delivered' })
  expect([...again.accounts()].filter((id) => id.startsWith('wkDone'))).toEqual([])
  // Numbers go on where they were, so no old acknowledgement can hit new mail.
  expect(Math.min(...again.mail.map(({ number }) => number))).toBeGreaterThan(10)

  again.socket.send(JSON.stringify({ type: 'ack', numbers: again.mail.map(({ number }) => number) }))
  expect(await again.settle()).toBe(0)
  await second.kill()
  const third = await start()
  const last = await dial(third)
  expect(await last.settle()).toBe(0)
  expect(last.mail).toEqual([])
})

it('an edge that was stopped leaves no process, no port and no temporary file', async () => {
  const [one, other] = await Promise.all([
    start(),
    startEdge({ persistTo: join(folder, 'other'), vars: VARS }).then((edge) => {
      edges.push(edge)
      return edge
    }),
  ])
  expect(one.port).not.toBe(other.port)
  await one.stop()
  expect(await isListening(one.port)).toBe(false)
  // The system may take a moment to strike the dead from its list.
  await waitUntil(() => !isListed(one.pid), { what: 'no process of the group is listed' })
  expect((await readdir(folder)).filter((name) => name.startsWith('tmp-'))).toEqual([])
  // The other one is not disturbed.
  expect((await fetch(`${other.url}/healthz`)).status).toBe(200)
})

it('a port that is taken is refused by name', async () => {
  const edge = await start()
  await expect(startEdge({ persistTo: join(folder, 'second'), port: edge.port, vars: VARS })).rejects.toThrow(
    `port ${edge.port} is taken`,
  )
})

it('the bridge of a live session is answered when it closes, at once and politely', async () => {
  const bridge = await dial(await start())
  const started = performance.now()
  bridge.socket.close(1000)
  expect(await waitUntil(() => bridge.closed(), { what: 'the close is answered' })).toBe(1000)
  expect(performance.now() - started).toBeLessThan(2000)
})

it('no secret and no query shows in what it writes', async () => {
  const edge = await start()
  expect(await postNudge(edge, 'wkSecretAccount')).toBe(200)
  await fetch(`${edge.url}/callback?msg_signature=forgedSignature&timestamp=1&nonce=2`, {
    method: 'POST',
    body: '<xml/>',
  })
  await waitUntil(() => edge.output().includes('request.refused'), { what: 'the refusal is logged' })
  for (const secret of [...Object.values(VARS), 'wkSecretAccount', 'forgedSignature', 'msg_signature']) {
    expect(edge.output()).not.toContain(secret)
  }
})

it('wrangler deploy --dry-run bundles the Worker with its mailbox', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '--outdir', join(folder, 'out')],
    {
      cwd: root,
      timeout: 60_000,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG_PATH: join(folder, 'logs'),
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      },
    },
  )
  expect(stdout).toContain('env.MAILBOX (Mailbox)')
  expect(await readdir(join(folder, 'out'))).toContain('worker.js')
})

function isListed(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}
