/**
 * A look at RabbitMQ from outside a bridge, for the doctor: whether it can be had, and how the queues of one database stand. Nothing is made:
 * a queue is first looked for, and only one that is there is declared with its arguments, which tells whether they are the same.
 */
import { type ChannelModel, connect } from 'amqplib'
import { isAppError } from '../../shared/app-error.ts'
import { type RabbitmqAddress, toRabbitmqFault } from './rabbitmq-fault.ts'
import { toConnectOptions } from './to-connect-options.ts'
import { createTopology, declareTopology, type QueueSpec } from './topology.ts'

export interface QueueState {
  name: string
  messages: number
  consumers: number
  isDead: boolean
}

export type RabbitmqState =
  | { kind: 'unreachable'; reason: string }
  /** `missing` are made when a bridge starts; `misfits` are in its way. */
  | { kind: 'reached'; queues: QueueState[]; missing: string[]; misfits: { name: string; reason: string }[] }

const TIMEOUT_MS = 5_000

/** Never rejects for what the broker does. `databaseId` undefined: only whether it can be had. */
export async function inspectRabbitmq(
  address: RabbitmqAddress,
  databaseId: string | undefined,
): Promise<RabbitmqState> {
  let model: ChannelModel
  try {
    model = await connect(toConnectOptions(address), {
      timeout: TIMEOUT_MS,
      clientProperties: { connection_name: 'kefu-doctor' },
    })
  } catch (error) {
    return { kind: 'unreachable', reason: toRabbitmqFault(error, address).reason }
  }
  // What goes wrong on a channel is told by its promise.
  model.on('error', () => undefined)
  const state: Extract<RabbitmqState, { kind: 'reached' }> = { kind: 'reached', queues: [], missing: [], misfits: [] }
  try {
    const specs = databaseId === undefined ? [] : createTopology(databaseId).queues
    for (const spec of specs) await inspectQueue(model, spec, state)
    return state
  } catch (error) {
    return { kind: 'unreachable', reason: toRabbitmqFault(error, address).reason }
  } finally {
    await model.close().catch(() => undefined)
  }
}

async function inspectQueue(
  model: ChannelModel,
  spec: QueueSpec,
  state: Extract<RabbitmqState, { kind: 'reached' }>,
): Promise<void> {
  const { name } = spec
  // A refusal closes its channel, so each queue has one of its own.
  const channel = await model.createChannel()
  channel.on('error', () => undefined)
  try {
    const { messageCount, consumerCount } = await channel.checkQueue(name)
    state.queues.push({ name, messages: messageCount, consumers: consumerCount, isDead: name.endsWith('.dead') })
    await declareTopology(channel, { exchanges: [], queues: [spec], bindings: [] })
    await channel.close()
  } catch (error) {
    if ((error as { code?: unknown }).code === 404) state.missing.push(name)
    else if (isAppError(error, 'bus.misconfigured')) state.misfits.push({ name, reason: error.message })
    else throw error
  }
}
