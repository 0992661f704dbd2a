/**
 * Holds the one connection to the edge, and brings what the mailbox keeps into the database: stored, then published, then
 * acknowledged. It dials out, so the bridge needs no address, and dials again for as long as it runs.
 *
 * Only one process may run it at a time (a named lease sees to that): a newer session ends an older one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOSE_CODES, type Mail } from '../../shared/frames.ts'
import type { Pointer } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'
import { acceptMail } from './accept-mail.ts'
import { dialEdge, toBridgeUrl } from './dial-edge.ts'
import { type EdgeSession, openEdgeSession } from './edge-session.ts'
import { planRedial } from './plan-redial.ts'
import type { RelayStore } from './relay-store.ts'
import { RELAY_TIMING, type RelayTiming } from './relay-timing.ts'
import type { SessionEnd } from './session-end.ts'

/** Whether the mailbox is to be taken from the database it is bound to. */
export interface TakeOver {
  /** Asked before each dial. */
  isWanted(): Promise<boolean>
  /** Called when it has been done: a bridge that kept asking would fight with the next one that is told to take over. */
  done(): Promise<void>
}

export interface RelayDeps {
  /** The Worker's origin, http or https. */
  edgeUrl: string
  bridgeToken: string
  corpId: string
  databaseId: string
  takeOver?: TakeOver
  store: RelayStore
  publish: (pointer: Pointer) => Promise<void>
  log: Logger
  timing?: RelayTiming
  /** Unix ms. */
  now?: () => number
  /** Returns [0, 1). */
  random?: () => number
}

/** `since` in Unix ms. */
export type RelayState = { up: true; since: number } | { up: false; since: number; reason: string }

export interface Relay {
  /** Begins to dial and returns at once; does nothing while it runs. May follow a `stop`. */
  start(): void
  /** Takes no more mail, stores and acknowledges what it is at, and closes the connection. */
  stop(): Promise<void>
  /** Does not wait any longer when it waits to dial. */
  hurry(): void
  state(): RelayState
  standing(): RelayStanding
}

/** `foreign`: the mailbox said last that it belongs to a bridge on another database. `connecting`: it has said nothing yet. */
export type RelayStanding = 'connecting' | 'foreign' | 'free'

interface Run {
  stop: AbortController
  done: Promise<void>
}

export function createRelay(deps: RelayDeps): Relay {
  const { bridgeToken, corpId, databaseId, log, timing = RELAY_TIMING, now = Date.now, random = Math.random } = deps
  const url = toBridgeUrl(deps.edgeUrl)
  let state: RelayState = { up: false, since: now(), reason: 'not started' }
  let standing: RelayStanding = 'connecting'
  let waiting = new AbortController()
  let lastTimestamp = 0
  let run: Run | undefined

  const setDown = (reason: string) => {
    if (state.up || state.reason !== reason) state = { up: false, since: now(), reason }
  }

  const onReady = (hasTakenOver: boolean) => {
    state = { up: true, since: now() }
    standing = 'free'
    log.info('relay.up', hasTakenOver ? { hasTakenOver } : {})
    if (hasTakenOver) deps.takeOver?.done().catch((error: unknown) => log.warn('relay.take-over-kept', { error }))
  }

  const holdSession = async (signal: AbortSignal): Promise<SessionEnd> => {
    const takeOver = (await deps.takeOver?.isWanted().catch(() => false)) ?? false
    // The edge takes nothing that is not newer than the last session's. What it refused it has forgotten: by then the clock of this
    // machine may have been wrong, and right again.
    const timestamp = Math.max(now(), lastTimestamp + 1)
    const { handshakeTimeoutMs } = timing
    const dialled = await dialEdge(
      { url, bridgeToken, corpId, databaseId, takeOver, timestamp, handshakeTimeoutMs, signal },
      (socket) => {
        lastTimestamp = timestamp
        const accept = (mail: Mail) => acceptMail(mail, deps)
        return openEdgeSession(socket, { accept, onReady: () => onReady(takeOver), timing, log })
      },
    )
    return dialled.kind === 'open' ? await untilEnded(dialled.session, signal) : dialled
  }

  const keepDialling = async (signal: AbortSignal): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      const end = await holdSession(signal)
      if (signal.aborted) break
      if (end.kind === 'closed' && end.code === CLOSE_CODES.otherDatabase) standing = 'foreign'
      // An edge that can't be reached keeps nobody from work.
      else if (standing === 'connecting') standing = 'free'
      if (end.kind === 'closed' && end.lastedMs >= timing.healthyAfterMs) failures = 0
      const { delayMs, reason, needsPerson } = planRedial(end, { failures, timing, random })
      failures += 1
      // An edge that is away is one line; what only a person can mend is said each time.
      const isNews = state.up || state.reason !== reason
      log[needsPerson ? 'error' : isNews ? 'warn' : 'debug']('relay.down', { reason, redialMs: delayMs })
      setDown(reason)
      await sleep(delayMs, undefined, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(() => {})
    }
  }

  return {
    start() {
      if (run !== undefined) return
      const stop = new AbortController()
      setDown('connecting to the edge')
      run = { stop, done: keepDialling(stop.signal) }
    },

    async stop() {
      const stopping = run
      if (stopping === undefined) return
      stopping.stop.abort()
      await stopping.done
      if (run === stopping) run = undefined
      setDown('stopped')
      // Another process dials now, and what was heard here grows old.
      standing = 'connecting'
    },

    hurry() {
      waiting.abort()
      waiting = new AbortController()
    },

    state: () => state,
    standing: () => standing,
  }
}

async function untilEnded(session: EdgeSession, signal: AbortSignal): Promise<SessionEnd> {
  const stop = () => void session.stop()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    return await session.ended
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
