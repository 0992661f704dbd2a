/**
 * One connection to RabbitMQ that is always being had again. The library's recovery dials; `prepare` declares and opens
 * channels on each new connection, since none outlives the old one. Whatever goes wrong on a channel ends its connection, so there
 * is one way back to a good state: `prepare`, from the start.
 *
 * Faults that a person has to mend (password, virtual host, a queue in the way) are tried again slowly, all others fast.
 */
import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib'
import { backOffMs } from '../../shared/back-off.ts'
import type { Logger } from '../logger.ts'
import type { BusState } from './bus.ts'
import { busInterrupted } from './bus-interrupted.ts'
import { type RabbitmqAddress, type RabbitmqFault, toRabbitmqFault } from './rabbitmq-fault.ts'
import { toConnectOptions } from './to-connect-options.ts'
import { withDeadline } from './with-deadline.ts'

export interface RabbitmqTiming {
  /** For a handshake, for an answer of the broker, and for a publish to be confirmed. */
  timeoutMs: number
  /** For declaring and opening all that a new connection needs. */
  prepareTimeoutMs: number
  /** How often a silent consumer is checked against its queue. */
  stallCheckMs: number
  /** Between tries: anything from 0 to a delay that doubles from `baseMs` to `maxMs`, or to `slowMaxMs` when only a person can help. */
  redial: { baseMs: number; maxMs: number; slowMaxMs: number }
}

export const RABBITMQ_TIMING: RabbitmqTiming = {
  timeoutMs: 5_000,
  prepareTimeoutMs: 20_000,
  stallCheckMs: 15_000,
  // Low, so that a restarted broker is used again within 2 s.
  redial: { baseMs: 200, maxMs: 2_000, slowMaxMs: 30_000 },
}

const HEARTBEAT_S = 10

export interface RabbitmqConnectionDeps {
  address: RabbitmqAddress
  timing: RabbitmqTiming
  /** Shown in RabbitMQ's list of connections. */
  name: string
  /** Readies a new connection. `restart` ends it, with the reason, so that the next one is readied. */
  prepare: (model: ChannelModel, restart: (reason: unknown) => void) => Promise<void>
  /** The connection that was prepared is gone. */
  onLost: () => void
  log: Logger
}

export interface RabbitmqConnection {
  state(): BusState
  close(): Promise<void>
}

export function createRabbitmqConnection(deps: RabbitmqConnectionDeps): RabbitmqConnection {
  const { address, timing, name, prepare, onLost, log } = deps
  // Ends sockets that a silent peer would keep open after `close`.
  const socketEnd = new AbortController()
  let fault: RabbitmqFault | undefined = { reason: `connecting to ${address.host}:${address.port}`, needsPerson: false }
  let attempts = 0
  let closing = false

  const fail = (error: unknown): void => {
    const next = toRabbitmqFault(error, address)
    // A broker that is down is one line, not one per try.
    if (next.reason !== fault?.reason) {
      log[next.needsPerson ? 'error' : 'warn']('bus.down', { connection: name, reason: next.reason })
    }
    fault = next
  }

  const setup = async (model: ChannelModel): Promise<void> => {
    let lost: unknown
    let failure: unknown
    const end = (reason: unknown) => {
      failure ??= reason
      if (!closing) fail(failure)
      // Its 'close' event brings the next connection; a peer that never answers is found out by the heartbeat.
      model.close().catch(() => {})
    }
    model.on('error', (error) => {
      failure ??= error
    })
    model.on('close', (error) => {
      lost = failure ?? error ?? new Error('closed')
      onLost()
      if (!closing) fail(lost)
    })
    model.on('blocked', () => {
      fault = {
        reason: `RabbitMQ at ${address.host}:${address.port} is out of memory or disk and takes nothing`,
        needsPerson: false,
      }
      log.error('bus.blocked', { connection: name })
    })
    model.on('unblocked', () => {
      if (failure === undefined) fault = undefined
      log.info('bus.unblocked', { connection: name })
    })
    try {
      await withDeadline(prepare(model, end), timing.prepareTimeoutMs, () => busInterrupted('it does not answer'))
    } catch (error) {
      // Only a dead connection may be refused here: the library then waits for the close of a living one without a deadline.
      if (lost !== undefined) throw lost
      end(error)
      return
    }
    if (lost !== undefined) throw lost
    if (failure !== undefined) return
    fault = undefined
    attempts = 0
    log.info('bus.up', { connection: name })
  }

  const opening = connect(
    { ...toConnectOptions(address), heartbeat: HEARTBEAT_S },
    {
      timeout: timing.timeoutMs,
      noDelay: true,
      clientProperties: { connection_name: name },
      ...({ signal: socketEnd.signal } satisfies SocketSignal),
      recovery: {
        waitForConnect: false,
        setup,
        calculateDelay() {
          const { baseMs, maxMs, slowMaxMs } = timing.redial
          return backOffMs(attempts++, { baseMs, maxMs: fault?.needsPerson === true ? slowMaxMs : maxMs })
        },
      },
    },
  ).then((connection) => {
    connection.on('connect-failed', (error) => {
      if (!closing) fail(error)
    })
    // Each fault also ends the connection, which is where it is told.
    connection.on('error', () => {})
    connection.on('reconnect-failed', (error) => log.error('bus.gave-up', { connection: name, error }))
    return connection
  })

  return {
    state: () => (fault === undefined ? { up: true } : { up: false, reason: fault.reason }),
    async close() {
      closing = true
      fault = { reason: 'closed', needsPerson: false }
      await withDeadline(closeQuietly(opening), timing.timeoutMs, () => busInterrupted('it does not answer')).catch(
        () => {},
      )
      socketEnd.abort()
    },
  }
}

/** Taken by `net.connect`, which the library calls with these options; its types do not say so. */
interface SocketSignal {
  signal: AbortSignal
}

async function closeQuietly(opening: Promise<RecoveringChannelModel>): Promise<void> {
  await (await opening).close()
}
