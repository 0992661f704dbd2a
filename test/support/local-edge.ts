/**
 * The edge's side of the relay's socket, for tests of the relay: checks the handshake as the Worker does, and otherwise does as it
 * is told. The real Worker stands in test/integration.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Handshake, verifyHandshake } from '../../shared/bridge-handshake.ts'
import { type BridgeFrame, type EdgeFrame, HEARTBEAT, type Mail, parseBridgeFrame } from '../../shared/frames.ts'

export const LOCAL_EDGE = { bridgeToken: 'local-edge-secret-of-32-characters', corpId: 'ww1234567890abcdef' }

export interface EdgeSocket {
  handshake: Handshake
  frames: BridgeFrame[]
  pings: number
  /** The code that the bridge's side ended with, once it has. */
  closedWith: number | undefined
  send(frame: EdgeFrame): void
  sendRaw(data: string | Buffer): void
  close(code: number): void
  terminate(): void
}

export interface Refusal {
  status: number
  headers?: Record<string, string>
}

export interface LocalEdge {
  url: string
  sockets: EdgeSocket[]
  /** When each dial came, by `performance.now()`. */
  dials: number[]
  /** What the next dials are answered with, until it is empty. */
  refusals: Refusal[]
  answerPings: boolean
  answerSync: boolean
  /** Pushed to each new session, as the mailbox does. */
  waiting: Mail[]
  stop(): Promise<void>
}

export async function startLocalEdge(): Promise<LocalEdge> {
  const server = createServer((_request, response) => response.writeHead(404).end())
  const upgrader = new WebSocketServer({ noServer: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const edge: LocalEdge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets: [],
    dials: [],
    refusals: [],
    answerPings: true,
    answerSync: true,
    waiting: [],
    async stop() {
      for (const client of upgrader.clients) client.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('upgrade', async (request, stream: Duplex, head) => {
    stream.on('error', () => {})
    edge.dials.push(performance.now())
    const refusal = edge.refusals.shift()
    const handshake = await verify(request)
    if (refusal !== undefined || handshake === undefined) return refuse(stream, refusal ?? { status: 401 })
    upgrader.handleUpgrade(request, stream, head, (socket) => serve(edge, socket, handshake))
  })
  return edge
}

async function verify({ method = '', url = '', headers }: IncomingMessage): Promise<Handshake | undefined> {
  const header = (name: string) => headers[name]?.toString()
  const { bridgeToken, corpId } = LOCAL_EDGE
  const verdict = await verifyHandshake([bridgeToken], corpId, { method, path: url, header }, Date.now())
  return verdict.ok ? verdict.handshake : undefined
}

function refuse(stream: Duplex, { status, headers = {} }: Refusal): void {
  const all = { date: new Date().toUTCString(), 'content-length': '0', connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  stream.end(`HTTP/1.1 ${status} refused\r\n${lines.join('')}\r\n`)
}

function serve(edge: LocalEdge, socket: WebSocket, handshake: Handshake): void {
  const sendRaw = (data: string | Buffer) => socket.send(data, () => {})
  const send = (frame: EdgeFrame) => sendRaw(JSON.stringify(frame))
  const side: EdgeSocket = {
    handshake,
    frames: [],
    pings: 0,
    closedWith: undefined,
    send,
    sendRaw,
    close: (code) => socket.close(code),
    terminate: () => socket.terminate(),
  }
  edge.sockets.push(side)
  socket.on('error', () => {})
  socket.on('close', (code) => {
    side.closedWith = code
  })
  socket.on('message', (data) => {
    if (data.toString() === HEARTBEAT.ping) {
      side.pings += 1
      if (edge.answerPings) sendRaw(HEARTBEAT.pong)
      return
    }
    const frame = parseBridgeFrame(data.toString())
    if (frame === undefined) return
    side.frames.push(frame)
    if (frame.type === 'ack') edge.waiting = edge.waiting.filter(({ number }) => !frame.numbers.includes(number))
    if (frame.type === 'sync' && edge.answerSync) {
      if (edge.waiting.length > 0) send({ type: 'deliver', mail: edge.waiting })
      send({ type: 'status', pending: edge.waiting.length, oldestAgeMs: 0 })
    }
  })
  if (edge.waiting.length > 0) send({ type: 'deliver', mail: edge.waiting })
}
