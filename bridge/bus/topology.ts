/**
 * What the bus needs on RabbitMQ, as data: for each stage a work queue, and behind it a queue for what was given up.
 *
 * All of it is made of pointers, so a queue that stands in the way may be deleted at any time: the sweeper fills it again.
 * RabbitMQ refuses to change an existing queue's arguments, so changing one here makes every operator delete queues.
 * https://www.rabbitmq.com/docs/quorum-queues
 */
import type { Channel } from 'amqplib'
import { AppError } from '../../shared/app-error.ts'
import { STAGES, type Stage } from './bus.ts'

/** Deliveries that end without an answer before a pointer is given up: it kills the process before the database is reached. */
const DELIVERY_LIMIT = 20
/** With nobody consuming, the sweeper adds what is due every 15 s; beyond this the queue refuses, and nothing is lost. */
const MAX_WAITING = 100_000
/** For people to look at; the rows themselves are parked in the database. The oldest goes first. */
const MAX_DEAD = 10_000
const DEAD_KEPT_MS = 7 * 24 * 3_600_000

export interface QueueSpec {
  name: string
  arguments: Readonly<Record<string, string | number>>
}

export interface ExchangeSpec {
  name: string
  type: 'direct'
}

export interface Topology {
  exchanges: readonly ExchangeSpec[]
  queues: readonly QueueSpec[]
  bindings: readonly { exchange: string; queue: string; routingKey: string }[]
}

/** `kefu.<stage>.<first 8 of database_id>`: bridges on different databases never take each other's pointers. */
export function queueName(stage: Stage, databaseId: string): string {
  return `kefu.${stage}.${databaseId.slice(0, 8)}`
}

export function deadQueueName(stage: Stage, databaseId: string): string {
  return `${queueName(stage, databaseId)}.dead`
}

export function createTopology(databaseId: string): Topology {
  const exchange = `kefu.dead.${databaseId.slice(0, 8)}`
  return {
    exchanges: [{ name: exchange, type: 'direct' }],
    queues: STAGES.flatMap((stage) => [
      {
        name: deadQueueName(stage, databaseId),
        arguments: { 'x-queue-type': 'quorum', 'x-max-length': MAX_DEAD, 'x-message-ttl': DEAD_KEPT_MS },
      },
      {
        name: queueName(stage, databaseId),
        arguments: {
          'x-queue-type': 'quorum',
          'x-delivery-limit': DELIVERY_LIMIT,
          'x-max-length': MAX_WAITING,
          // The dead-letter strategy demands it.
          'x-overflow': 'reject-publish',
          'x-dead-letter-exchange': exchange,
          'x-dead-letter-routing-key': stage,
          'x-dead-letter-strategy': 'at-least-once',
        },
      },
    ]),
    bindings: STAGES.map((stage) => ({ exchange, queue: deadQueueName(stage, databaseId), routingKey: stage })),
  }
}

/**
 * Declares what is missing; finding all of it there is no error. The channel is of no more use after a failure.
 * Rejects with `bus.misconfigured` when a queue or exchange exists with other arguments or the user may not declare it: `details.name`
 * says which, the message what to do.
 */
export async function declareTopology(
  channel: Pick<Channel, 'assertExchange' | 'assertQueue' | 'bindQueue'>,
  { exchanges, queues, bindings }: Topology,
): Promise<void> {
  for (const { name, type } of exchanges) {
    await channel.assertExchange(name, type, { durable: true }).catch(rethrowAs('exchange', name))
  }
  for (const { name, arguments: args } of queues) {
    await channel.assertQueue(name, { durable: true, arguments: args }).catch(rethrowAs('queue', name))
  }
  for (const { exchange, queue, routingKey } of bindings) {
    await channel.bindQueue(queue, exchange, routingKey).catch(rethrowAs('queue', queue))
  }
}

const PRECONDITION_FAILED = 406
const ACCESS_REFUSED = 403

function rethrowAs(kind: 'queue' | 'exchange', name: string) {
  return (cause: unknown): never => {
    const reason = misconfiguration(kind, name, (cause as { code?: unknown }).code)
    if (reason === undefined) throw cause
    throw new AppError('bus.misconfigured', reason, { retryable: false, cause, details: { kind, name } })
  }
}

function misconfiguration(kind: 'queue' | 'exchange', name: string, code: unknown): string | undefined {
  switch (code) {
    case PRECONDITION_FAILED:
      return (
        `the ${kind} ${name} exists on RabbitMQ with other arguments: delete it (${deleteCommand(kind, name)}) and it is made anew; ` +
        'nothing is lost, the queues hold pointers only'
      )
    case ACCESS_REFUSED:
      return `RABBITMQ_USERNAME may not use the ${kind} ${name}: give it the permissions configure, write and read on kefu\\..*`
    default:
      return undefined
  }
}

function deleteCommand(kind: 'queue' | 'exchange', name: string): string {
  return kind === 'queue' ? `rabbitmqctl delete_queue ${name}` : `rabbitmqadmin delete exchange name=${name}`
}
