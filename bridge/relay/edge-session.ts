/**
 * One session with the mailbox, from the opening of its socket to its end. Each piece of mail is stored before it is
 * acknowledged. When the database fails, the session is ended with the mail unacknowledged, so that it comes again.
 *
 * Two checks run beside the mail: the heartbeat, which the runtime answers without the mailbox, proves the way there; `sync`, which
 * the mailbox answers, proves that mail would come.
 */
import type WebSocket from 'ws'
import type { RawData } from 'ws'
import { type BridgeFrame, type EdgeFrame, HEARTBEAT, type Mail, parseEdgeFrame } from '../../shared/frames.ts'
import type { Logger } from '../logger.ts'
import type { RelayTiming } from './relay-timing.ts'
import type { SessionEnd } from './session-end.ts'

export interface EdgeSessionDeps {
  /** Resolves once the mail is stored. */
  accept: (mail: Mail) => Promise<void>
  /** The mailbox answered for the first time. */
  onReady: () => void
  timing: RelayTiming
  log: Logger
}

export interface EdgeSession {
  ended: Promise<SessionEnd>
  /** Takes no more mail, stores and acknowledges what it is at, and closes. */
  stop(): Promise<void>
}

/** Heartbeats without any sign of life after which the peer is taken for dead. */
const MAX_SILENT_BEATS = 2
/** A `sync` has everything sent again that was not acknowledged when it got there: so many numbers back are known as stored. */
const MAX_STORED = 1_000
const NORMAL_CLOSE = 1000
const INTERNAL_ERROR_CLOSE = 1011

export function openEdgeSession(socket: WebSocket, { accept, onReady, timing, log }: EdgeSessionDeps): EdgeSession {
  const opened = performance.now()
  const stored = new Set<number>()
  let storing: Promise<void> = Promise.resolve()
  let silentBeats = 0
  let isReady = false
  let isEnding = false
  let reason: string | undefined

  const send = (text: string) => {
    // What is sent into a dying socket was not acknowledged, and comes again.
    socket.send(text, () => {})
  }
  const sendFrame = (frame: BridgeFrame) => send(JSON.stringify(frame))

  const abandon = (why: string) => {
    if (isEnding) return
    isEnding = true
    reason = why
    socket.terminate()
  }

  /** Stores in the order of the numbers, up to the end of the session or a failure of the database. */
  const storeMail = async (mail: readonly Mail[]): Promise<{ numbers: number[]; failure?: unknown }> => {
    const numbers: number[] = []
    for (const piece of mail) {
      if (isEnding) break
      try {
        if (!stored.has(piece.number)) await accept(piece)
      } catch (failure) {
        return { numbers, failure }
      }
      remember(stored, piece.number)
      numbers.push(piece.number)
    }
    return { numbers }
  }

  const takeMail = async (mail: readonly Mail[]): Promise<void> => {
    const { numbers, failure } = await storeMail(mail)
    if (numbers.length > 0) sendFrame({ type: 'ack', numbers })
    if (failure === undefined) return
    log.error('relay.store-failed', { error: failure })
    isEnding = true
    reason = 'the database did not take the mail'
    closeWithin(socket, INTERNAL_ERROR_CLOSE, timing.stopTimeoutMs)
  }

  const receive = (frame: EdgeFrame): void => {
    switch (frame.type) {
      case 'deliver':
        storing = storing.then(() => takeMail(frame.mail))
        return
      case 'status':
        clearTimeout(statusDeadline)
        statusDeadline = undefined
        log.debug('relay.status', { pending: frame.pending, oldestAgeMs: frame.oldestAgeMs })
        if (!isReady) onReady()
        isReady = true
    }
  }

  socket.on('message', (data: RawData, isBinary: boolean) => {
    silentBeats = 0
    const text = data.toString()
    if (text === HEARTBEAT.pong) return
    try {
      const frame = isBinary ? undefined : parseEdgeFrame(text)
      if (frame === undefined) log.debug('relay.frame-unknown')
      else receive(frame)
    } catch (error) {
      log.warn('relay.frame-refused', { error })
    }
  })

  const beat = setInterval(() => {
    if (silentBeats >= MAX_SILENT_BEATS) return abandon('the edge stopped answering heartbeats')
    silentBeats += 1
    send(HEARTBEAT.ping)
  }, timing.heartbeatMs)

  let statusDeadline: NodeJS.Timeout | undefined
  const sync = () => {
    sendFrame({ type: 'sync' })
    statusDeadline ??= setTimeout(() => abandon('the mailbox does not answer'), timing.statusTimeoutMs)
  }
  const syncing = setInterval(sync, timing.syncMs)
  sync()

  const ended = new Promise<SessionEnd>((resolve) => {
    socket.once('close', (code) => {
      isEnding = true
      clearInterval(beat)
      clearInterval(syncing)
      clearTimeout(statusDeadline)
      const lastedMs = isReady ? performance.now() - opened : 0
      resolve({ kind: 'closed', code, lastedMs, ...(reason === undefined ? {} : { reason }) })
    })
  })

  return {
    ended,
    async stop() {
      isEnding = true
      const giveUp = setTimeout(() => socket.terminate(), timing.stopTimeoutMs)
      await Promise.race([storing, ended])
      socket.close(NORMAL_CLOSE)
      await ended
      clearTimeout(giveUp)
    },
  }
}

function remember(stored: Set<number>, number: number): void {
  stored.add(number)
  const [oldest] = stored
  if (stored.size > MAX_STORED && oldest !== undefined) stored.delete(oldest)
}

function closeWithin(socket: WebSocket, code: number, timeoutMs: number): void {
  const giveUp = setTimeout(() => socket.terminate(), timeoutMs)
  socket.once('close', () => clearTimeout(giveUp))
  socket.close(code)
}
