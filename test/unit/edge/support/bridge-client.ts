/** A bridge of the tests: dials the Worker with a signed handshake and keeps what it hears. */
import { signHandshake } from '../../../../shared/bridge-handshake.ts'
import { type BridgeFrame, type EdgeFrame, type Mail, parseEdgeFrame } from '../../../../shared/frames.ts'
import type { EdgeUnderTest } from './create-edge.ts'

export interface DialOptions {
  secret?: string
  databaseId?: string
  takeOver?: boolean
  timestamp?: number
  nonce?: string
  corpId?: string
}

export interface BridgeClient {
  frames: EdgeFrame[]
  texts: string[]
  /** Every piece of mail that was delivered, in order. */
  mail(): Mail[]
  closed: { code: number; reason: string } | undefined
  send(frame: BridgeFrame | string | ArrayBuffer): void
  close(code?: number): void
}

let lastTimestamp = 0

/** The headers of an upgrade that the Worker accepts, each with a newer timestamp than the one before. */
export async function upgradeHeaders(edge: EdgeUnderTest, options: DialOptions = {}): Promise<Record<string, string>> {
  lastTimestamp = Math.max(Date.now(), lastTimestamp + 1)
  const handshake = await signHandshake(options.secret ?? edge.bindings.BRIDGE_TOKEN, {
    method: 'GET',
    path: '/bridge',
    corpId: options.corpId ?? edge.corpId,
    timestamp: options.timestamp ?? lastTimestamp,
    nonce: options.nonce ?? crypto.randomUUID(),
    databaseId: options.databaseId ?? 'database-1',
    takeOver: options.takeOver ?? false,
  })
  return { upgrade: 'websocket', ...handshake }
}

/** Dials; throws when the edge answers anything but an open socket. */
export async function dialBridge(edge: EdgeUnderTest, options: DialOptions = {}): Promise<BridgeClient> {
  const response = await edge.fetch('/bridge', { headers: await upgradeHeaders(edge, options) })
  const socket = response.webSocket
  if (socket === null) throw new Error(`the edge answered ${response.status}`)
  const client: BridgeClient = {
    frames: [],
    texts: [],
    mail: () => client.frames.flatMap((frame) => (frame.type === 'deliver' ? frame.mail : [])),
    closed: undefined,
    send: (frame) =>
      socket.send(typeof frame === 'string' || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame)),
    close: (code) => socket.close(code),
  }
  socket.addEventListener('message', ({ data }) => {
    const text = String(data)
    client.texts.push(text)
    if (!text.startsWith('{')) return
    const frame = parseEdgeFrame(text)
    if (frame !== undefined) client.frames.push(frame)
  })
  socket.addEventListener('close', ({ code, reason }) => {
    client.closed = { code, reason }
  })
  socket.accept()
  return client
}

/** Waits until the mailbox has dealt with everything that the client sent before, by the answer to a `sync`. */
export async function settle(client: BridgeClient): Promise<Extract<EdgeFrame, { type: 'status' }>> {
  const statuses = () => client.frames.filter((frame) => frame.type === 'status')
  const before = statuses().length
  client.send({ type: 'sync' })
  await until(() => statuses().length > before)
  const status = statuses().at(-1)
  if (status === undefined) throw new Error('no status came')
  return status
}

/** Waits for a condition, 5 s at most. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`this did not happen in 5 s: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
