/**
 * Hands the pointers of the consumed stages to their handlers, on every connection anew: a channel per stage, its prefetch
 * the stage's concurrency. What is not acknowledged when a connection ends comes again; handlers find nothing due then.
 */
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { Logger } from '../logger.ts'
import type { ConsumeOptions, PointerHandler, Settlement, Stage } from './bus.ts'
import { busInterrupted } from './bus-interrupted.ts'
import { parsePointer } from './pointer-message.ts'
import { queueName } from './topology.ts'
import { withDeadline } from './with-deadline.ts'

export interface RabbitmqConsumerDeps {
  databaseId: string
  timeoutMs: number
  stallCheckMs: number
  log: Logger
}

export interface RabbitmqConsumer {
  /** Consumes every stage that was asked for, on a new connection whose queues are declared. */
  open(model: ChannelModel, restart: (reason: unknown) => void): Promise<void>
  /** The connection is gone. */
  drop(): void
  consume(stage: Stage, options: ConsumeOptions, handler: PointerHandler): Promise<void>
  /** Takes no more pointers, waits for the running handlers, and hands in their answers. */
  close(): Promise<void>
}

interface Wanted {
  options: ConsumeOptions
  handler: PointerHandler
}

interface Subscription {
  queue: string
  channel: Channel
  consumerTag: string
  concurrency: number
  running: number
  /** A delivery came since the last check. */
  active: boolean
}

interface Session {
  model: ChannelModel
  restart: (reason: unknown) => void
  /** Subscribed to, or about to be. */
  stages: Set<Stage>
  subscriptions: Map<Stage, Subscription>
}

export function createRabbitmqConsumer(deps: RabbitmqConsumerDeps): RabbitmqConsumer {
  const { databaseId, timeoutMs, stallCheckMs, log } = deps
  const wanted = new Map<Stage, Wanted>()
  const running = new Set<Promise<void>>()
  let session: Session | undefined
  let stallCheck: NodeJS.Timeout | undefined
  let closing = false

  const settlementOf = async (
    stage: Stage,
    { content }: ConsumeMessage,
    handler: PointerHandler,
  ): Promise<Settlement> => {
    const pointer = parsePointer(content)
    if (pointer?.stage !== stage) {
      log.error('bus.not-a-pointer', { stage, bytes: content.length })
      return 'dead-letter'
    }
    try {
      return await handler(pointer.key)
    } catch (error) {
      log.error('bus.handler-failed', { stage, error })
      return 'ack'
    }
  }

  const handle = async (stage: Stage, on: Subscription, message: ConsumeMessage, handler: PointerHandler) => {
    on.active = true
    on.running += 1
    const settlement = await settlementOf(stage, message, handler)
    on.running -= 1
    try {
      if (settlement === 'ack') on.channel.ack(message)
      else on.channel.nack(message, false, false)
    } catch {
      // The channel is gone, and the pointer comes again.
      log.debug('bus.settled-too-late', { stage })
    }
  }

  const subscribe = async (on: Session, stage: Stage, { options, handler }: Wanted): Promise<void> => {
    if (on.stages.has(stage)) return
    on.stages.add(stage)
    const channel = await on.model.createChannel()
    channel.on('error', on.restart)
    channel.on('close', () => {
      if (!closing) on.restart(busInterrupted('the channel was closed'))
    })
    await channel.prefetch(options.concurrency)
    const queue = queueName(stage, databaseId)
    const consumerTag = `kefu-edge ${stage}`
    const subscription = { queue, channel, consumerTag, ...options, running: 0, active: true }
    // Before the first delivery, which may come with RabbitMQ's answer and whose handler may call `close`.
    on.subscriptions.set(stage, subscription)
    const onMessage = (message: ConsumeMessage | null) => {
      // RabbitMQ ends a consumer whose queue was deleted.
      if (message === null) return on.restart(busInterrupted(`the queue ${queue} was deleted`))
      // Left unanswered, it goes back to the queue with the channel.
      if (closing) return
      const run = handle(stage, subscription, message, handler)
      running.add(run)
      run.finally(() => running.delete(run))
    }
    await channel.consume(queue, onMessage, { consumerTag })
  }

  const withinDeadline = <T>(work: Promise<T>) =>
    withDeadline(work, timeoutMs, () => busInterrupted('it does not answer'))

  /**
   * A consumer can be silent though its queue is full: when a queue is deleted, RabbitMQ moves its consumers to the next queue of
   * that name, and 3.10 then delivers nothing to them (seen with quorum queues).
   */
  const restartIfStalled = async (on: Session): Promise<void> => {
    for (const subscription of on.subscriptions.values()) {
      const { queue, channel, active, concurrency } = subscription
      const idle = !active && subscription.running < concurrency
      subscription.active = false
      if (!idle) continue
      const { messageCount } = await withinDeadline(channel.checkQueue(queue))
      if (messageCount > 0 && !subscription.active) on.restart(busInterrupted(`the queue ${queue} delivers nothing`))
    }
  }

  return {
    async open(model, restart) {
      const fresh: Session = { model, restart, stages: new Set(), subscriptions: new Map() }
      session = fresh
      for (const [stage, want] of wanted) await subscribe(fresh, stage, want)
      if (session !== fresh) return
      clearInterval(stallCheck)
      stallCheck = setInterval(() => restartIfStalled(fresh).catch(restart), stallCheckMs)
    },

    drop() {
      session = undefined
      clearInterval(stallCheck)
    },

    async consume(stage, options, handler) {
      const want = { options, handler }
      wanted.set(stage, want)
      const on = session
      if (on !== undefined) await withinDeadline(subscribe(on, stage, want)).catch(on.restart)
    },

    async close() {
      closing = true
      clearInterval(stallCheck)
      const subscriptions = [...(session?.subscriptions.values() ?? [])]
      const cancelAll = subscriptions.map(({ channel, consumerTag }) => channel.cancel(consumerTag))
      await withinDeadline(Promise.all(cancelAll)).catch(() => {})
      while (running.size > 0) await Promise.all(running)
      // Answers travel on their channel, the connection's close on another: without this it could overtake them.
      await withinDeadline(Promise.all(subscriptions.map(({ channel }) => channel.close()))).catch(() => {})
    },
  }
}
