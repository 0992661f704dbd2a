/**
 * Publishes pointers and waits for RabbitMQ to confirm each. There is no buffer: while the connection is down a publish is
 * refused at once, because the row that it points to is still due.
 */
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { Pointer } from './bus.ts'
import { busInterrupted } from './bus-interrupted.ts'
import { busUnavailable } from './bus-unavailable.ts'
import { encodePointer } from './pointer-message.ts'
import { queueName } from './topology.ts'

export interface RabbitmqPublisherDeps {
  databaseId: string
  timeoutMs: number
}

export interface RabbitmqPublisher {
  /** Opens the channel on a new connection. */
  open(model: ChannelModel, restart: (reason: unknown) => void): Promise<void>
  /** The connection is gone. Its channel has failed whatever was not confirmed. */
  drop(): void
  publish(pointer: Pointer, whyDown: () => string | undefined): Promise<void>
  /** Resolves when nothing is unconfirmed any more. */
  drain(): Promise<void>
}

export function createRabbitmqPublisher({ databaseId, timeoutMs }: RabbitmqPublisherDeps): RabbitmqPublisher {
  let channel: ConfirmChannel | undefined
  let lastId = 0
  /** How to settle each publish that is not confirmed yet. */
  const unconfirmed = new Map<string, (error?: Error) => void>()
  const running = new Set<Promise<void>>()

  const send = (on: ConfirmChannel, pointer: Pointer): Promise<void> =>
    new Promise((resolve, reject) => {
      const id = String(++lastId)
      const timer = setTimeout(() => settle(busUnavailable(`no confirmation within ${timeoutMs} ms`)), timeoutMs)
      const settle = (error?: Error) => {
        if (!unconfirmed.delete(id)) return
        clearTimeout(timer)
        if (error === undefined) resolve()
        else reject(error)
      }
      unconfirmed.set(id, settle)
      try {
        on.sendToQueue(
          queueName(pointer.stage, databaseId),
          encodePointer(pointer),
          { persistent: true, mandatory: true, messageId: id, contentType: 'application/json' },
          (error: unknown) => settle(error === null ? undefined : busUnavailable('RabbitMQ did not confirm it', error)),
        )
      } catch (error) {
        settle(busUnavailable('the channel is closed', error))
      }
    })

  return {
    async open(model, restart) {
      const fresh = await model.createConfirmChannel()
      fresh.on('error', restart)
      fresh.on('close', () => {
        if (channel === fresh) restart(busInterrupted('the channel was closed'))
      })
      // Sent back before it is confirmed: the queue is gone, so it has to be declared again.
      fresh.on('return', ({ properties }) => {
        unconfirmed.get(String(properties.messageId))?.(busUnavailable('its queue does not exist'))
        restart(busInterrupted('a queue was deleted'))
      })
      channel = fresh
    },

    drop() {
      channel = undefined
    },

    async publish(pointer, whyDown) {
      const reason = whyDown()
      if (channel === undefined || reason !== undefined) throw busUnavailable(reason ?? 'not connected')
      const sending = send(channel, pointer)
      running.add(sending)
      try {
        await sending
      } finally {
        running.delete(sending)
      }
    },

    async drain() {
      await Promise.allSettled(running)
    },
  }
}
