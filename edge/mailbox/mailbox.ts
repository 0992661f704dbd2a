/**
 * The mailbox of one company: keeps what callbacks brought until a bridge has stored it, and pushes it to the one live
 * bridge session. It trusts the Worker: whoever reaches it was authenticated there.
 *
 * Kept means durable: the runtime holds back return values and frames until what was written before them is on disk, so
 * a 200 that follows from `keepNudge` is a promise kept. A pushed frame proves nothing; only an acknowledgement ends the
 * waiting. Between frames the object sleeps: memory is lost, the sockets and their sessions stay.
 *
 * Rows written on the free plan (100,000 a day): 2 per new nudge or event, 1 per acknowledgement, 1 per purged slot,
 * 0 per duplicate; 2 per bridge session and at most one alarm an hour. At 3 per callback that is about 30,000 callbacks.
 * Renaming or removing a method needs both spellings for one deploy: old and new code meet for a while.
 */
import { DurableObject } from 'cloudflare:workers'
import { isAppError } from '../../shared/app-error.ts'
import { HANDSHAKE_HEADERS } from '../../shared/bridge-handshake.ts'
import type { CallbackRefusal, EdgeStatus } from '../../shared/edge-status.ts'
import {
  type BridgeFrame,
  CLOSE_CODES,
  type EdgeFrame,
  HEARTBEAT,
  type KeptEvent,
  type Mail,
  parseBridgeFrame,
} from '../../shared/frames.ts'
import type { Nudge } from '../../shared/nudge.ts'
import { NOTE_EVERY_MS } from '../callback/note-refusals.ts'
import type { EdgeBindings } from '../env.ts'
import { logger } from '../logger.ts'
import { toDeliverFrames } from './deliver-frames.ts'
import { createMailboxStore, type MailboxStore } from './mailbox-store.ts'
import { endSession, loadSession, saveSession } from './session.ts'

/** As long as the platform lets anybody pull messages; an older nudge points at nothing. */
export const KEEP_MS = 3 * 24 * 60 * 60 * 1000
/** The alarm's shortest distance. Slots are renewed all day, so an exact one would ring for each. */
const PURGE_PAUSE_MS = 60 * 60 * 1000
/** Far above any list of acknowledgements. */
const MAX_FRAME_CHARACTERS = 1024 * 1024

/** What only the mailbox knows of the edge's status. */
export type MailboxReport = Omit<EdgeStatus, 'version' | 'isCurrentSecret'>

export class Mailbox extends DurableObject<EdgeBindings> {
  readonly #store: MailboxStore

  constructor(ctx: DurableObjectState, env: EdgeBindings) {
    super(ctx, env)
    this.#store = createMailboxStore(ctx.storage.sql)
    // Answered by the runtime without waking the object, so a heartbeat costs nothing.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT.ping, HEARTBEAT.pong))
  }

  /** Returns once the nudge, or one that is as new, is durable; pushes it. Safe to repeat. */
  async keepNudge(nudge: Nudge): Promise<void> {
    await this.#keep(() => this.#store.keepNudge(nudge, Date.now()))
  }

  /** Returns once the event is durable; pushes it. Safe to repeat under the same key. */
  async keepEvent(key: string, event: KeptEvent): Promise<void> {
    await this.#keep(() => this.#store.keepEvent(key, event, Date.now()))
  }

  async report(): Promise<MailboxReport> {
    const sockets = this.#sockets()
    const seen = [
      ...sockets.map(({ session }) => session.seenAt),
      ...sockets.map(({ socket }) => this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0),
      Number(this.#store.readMeta('bridge_seen_at') ?? 0),
    ]
    const bridgeSeenAt = Math.max(...seen)
    return {
      bridgeConnected: sockets.length > 0,
      bridgeSeenAt: bridgeSeenAt === 0 ? undefined : bridgeSeenAt,
      ...this.#backlog(),
      urlCheckedAt: asTime(this.#store.readMeta('url_checked_at')),
      lastCallbackAt: this.#store.newestReceivedAt(),
      refused: this.#readRefusal(),
      databaseId: this.#store.readMeta('database_id')?.toString(),
    }
  }

  /** The console's URL check was answered rightly. 1 row. */
  async noteUrlCheck(): Promise<void> {
    this.#store.writeMeta('url_checked_at', Date.now())
  }

  /** A callback was refused. 1 row, at most one a minute for each reason that follows another. */
  async noteRefusal(reason: CallbackRefusal): Promise<void> {
    const last = this.#readRefusal()
    if (last?.reason === reason && Date.now() - last.at < NOTE_EVERY_MS) return
    this.#store.writeMeta('last_refusal', `${reason} ${Date.now()}`)
  }

  /**
   * Opens a session for a handshake that the Worker verified. 409 unless it is newer than every session before: a
   * recorded handshake is worth nothing twice, not even after its session has ended.
   */
  override fetch(request: Request): Response {
    const timestamp = Number(request.headers.get(HANDSHAKE_HEADERS.timestamp))
    const databaseId = request.headers.get(HANDSHAKE_HEADERS.database) ?? ''
    const takeOver = request.headers.get(HANDSHAKE_HEADERS.takeOver) === '1'
    if (timestamp <= Number(this.#store.readMeta('last_handshake') ?? 0)) {
      logger.warn('bridge.handshake-not-newer')
      return new Response(null, { status: 409 })
    }
    const { 0: client, 1: server } = new WebSocketPair()
    const owner = this.#store.readMeta('database_id')
    if (owner !== undefined && owner !== databaseId && !takeOver) {
      logger.warn('bridge.other-database')
      // Not a session: its acknowledgements must not count, and it must not disturb the live one.
      server.accept()
      server.close(CLOSE_CODES.otherDatabase, 'the mailbox belongs to another database')
      return new Response(null, { status: 101, webSocket: client })
    }
    if (owner !== databaseId) {
      this.#store.writeMeta('database_id', databaseId)
      logger.info(owner === undefined ? 'mailbox.bound' : 'mailbox.taken-over')
    }
    this.#store.writeMeta('last_handshake', timestamp)
    for (const { socket } of this.#sockets()) {
      // Frames that are still on their way must not count: the mailbox may belong to another database by now.
      endSession(socket)
      close(socket, CLOSE_CODES.superseded, 'a newer session took over')
    }
    this.ctx.acceptWebSocket(server)
    saveSession(server, { timestamp, pushed: 0, seenAt: Date.now() })
    logger.info('bridge.connected')
    this.#push(server, this.#store.waitingAfter(0))
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const session = loadSession(socket)
    if (session === undefined) return
    saveSession(socket, { ...session, seenAt: Date.now() })
    if (typeof message !== 'string') close(socket, 1003, 'text frames only')
    else if (message.length > MAX_FRAME_CHARACTERS) close(socket, 1009, 'frame too large')
    else this.#receive(socket, message)
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // Without our half of the handshake the bridge would wait for it and see 1006. Only these codes may be sent.
    close(socket, code === 1000 || (code >= 3000 && code <= 4999) ? code : 1000, '')
    this.#recordEnd(socket)
    logger.info('bridge.disconnected', { code })
  }

  override webSocketError(socket: WebSocket): void {
    close(socket, 1000, '')
    this.#recordEnd(socket)
    logger.warn('bridge.socket-failed')
  }

  /** Purges. Never throws: after six failures the runtime would drop the alarm for good. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    try {
      const purged = this.#store.purge(now - KEEP_MS)
      const oldest = this.#store.oldestReceivedAt()
      if (oldest !== undefined) await this.ctx.storage.setAlarm(Math.max(oldest + KEEP_MS, now + PURGE_PAUSE_MS))
      logger.info('mailbox.purged', { purged })
    } catch {
      logger.error('mailbox.purge-failed')
      await this.ctx.storage.setAlarm(now + PURGE_PAUSE_MS).catch(() => logger.error('mailbox.alarm-failed'))
    }
  }

  #readRefusal(): EdgeStatus['refused'] {
    const text = this.#store.readMeta('last_refusal')
    if (text === undefined) return undefined
    // Written by `noteRefusal` alone.
    const [reason, at] = String(text).split(' ') as [CallbackRefusal, string]
    return { reason, at: Number(at) }
  }

  #receive(socket: WebSocket, text: string): void {
    let frame: BridgeFrame | undefined
    try {
      frame = parseBridgeFrame(text)
    } catch (error) {
      logger.warn('bridge.frame-refused', { code: isAppError(error) ? error.code : 'unknown' })
      return
    }
    switch (frame?.type) {
      case 'ack':
        this.#store.acknowledge(frame.numbers)
        break
      case 'sync':
        this.#push(socket, this.#store.waitingAfter(0))
        sendFrame(socket, { type: 'status', ...this.#backlog() })
        break
    }
  }

  async #keep(keep: () => Mail | undefined): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm()
    // No `await` between keeping and pushing: another call could come between, and mark as pushed what was not.
    const mail = keep()
    if (mail !== undefined) this.#pushNew(mail)
    // 1 row, once in three days at most; asked on a duplicate too, so that a lost alarm comes back.
    if (alarm === null) await this.ctx.storage.setAlarm(Date.now() + KEEP_MS)
  }

  #pushNew(mail: Mail): void {
    const live = this.#sockets()[0]
    if (live === undefined) return
    // Numbers are dense, so a session that has the one before lacks only this one; otherwise something failed on the way.
    const hasAllBefore = live.session.pushed === mail.number - 1
    this.#push(live.socket, hasAllBefore ? [mail] : this.#store.waitingAfter(live.session.pushed))
  }

  #push(socket: WebSocket, mail: readonly Mail[]): void {
    for (const { text, lastNumber } of toDeliverFrames(mail)) {
      if (!sendText(socket, text)) return
      this.#notePushed(socket, lastNumber)
    }
    // What was superseded or acknowledged needs no pushing: the next arrival can skip the search.
    this.#notePushed(socket, this.#store.lastNumber())
  }

  #notePushed(socket: WebSocket, number: number): void {
    const session = loadSession(socket)
    if (session !== undefined) saveSession(socket, { ...session, pushed: Math.max(session.pushed, number) })
  }

  /** The open sockets with a session, the live one first. One that was superseded may be listed until it is gone. */
  #sockets() {
    return this.ctx
      .getWebSockets()
      .filter((socket) => socket.readyState === WebSocket.OPEN)
      .flatMap((socket) => {
        const session = loadSession(socket)
        return session === undefined ? [] : [{ socket, session }]
      })
      .sort((left, right) => right.session.timestamp - left.session.timestamp)
  }

  #backlog() {
    const { pending, oldestSince } = this.#store.waiting()
    return { pending, oldestAgeMs: oldestSince === undefined ? 0 : Math.max(0, Date.now() - oldestSince) }
  }

  /** 1 row: what `report` says of a bridge that is gone. */
  #recordEnd(socket: WebSocket): void {
    const seen = [
      this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0,
      loadSession(socket)?.seenAt ?? 0,
      Number(this.#store.readMeta('bridge_seen_at') ?? 0),
    ]
    this.#store.writeMeta('bridge_seen_at', Math.max(...seen))
  }
}

function asTime(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function sendFrame(socket: WebSocket, frame: EdgeFrame): boolean {
  return sendText(socket, JSON.stringify(frame))
}

/** False when the socket is gone; what it was to be told waits. */
function sendText(socket: WebSocket, text: string): boolean {
  try {
    socket.send(text)
    return true
  } catch {
    return false
  }
}

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason)
  } catch {
    // Closed already.
  }
}
