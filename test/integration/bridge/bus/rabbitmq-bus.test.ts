import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Bus, Stage } from '../../../../bridge/bus/bus.ts'
import { encodePointer } from '../../../../bridge/bus/pointer-message.ts'
import { createRabbitmqBus, type RabbitmqBusOptions } from '../../../../bridge/bus/rabbitmq-bus.ts'
import { RABBITMQ_TIMING } from '../../../../bridge/bus/rabbitmq-connection.ts'
import { createTopology, deadQueueName, declareTopology, queueName } from '../../../../bridge/bus/topology.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { freePort } from '../../../support/free-port.ts'
import { createGate } from '../../../support/gate.ts'
import type { RabbitmqAddress } from '../../../support/rabbitmq-server.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { sharedRabbitmq } from '../../../support/shared-servers.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const FAST = { ...RABBITMQ_TIMING, stallCheckMs: 200, redial: { baseMs: 50, maxMs: 300, slowMaxMs: 300 } }

describe.skipIf(isMissing('rabbitmq'))('createRabbitmqBus', () => {
  let address: RabbitmqAddress
  const buses: Bus[] = []

  beforeAll(async () => {
    address = await sharedRabbitmq()
  })
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()))
  })

  const startBus = (options: Partial<RabbitmqBusOptions> = {}) => {
    const log = createRecordingLogger()
    const bus = createRabbitmqBus({ ...address, databaseId: randomUUID(), timing: FAST, log, ...options })
    buses.push(bus)
    return { bus, log }
  }
  const untilUp = (bus: Bus) => waitUntil(() => bus.state().up, { what: 'the bus is up' })
  const reasonOf = (bus: Bus) => {
    const state = bus.state()
    return state.up ? undefined : state.reason
  }

  it('hands each pointer to the handler of its stage', async () => {
    const { bus } = startBus()
    const seen: string[] = []
    for (const stage of ['fetch', 'reply'] as const) {
      await bus.consume(stage, { concurrency: 4 }, async (key) => {
        seen.push(`${stage} ${key}`)
        return 'ack'
      })
    }
    await untilUp(bus)
    await bus.publish({ stage: 'fetch', key: 'wkAAA' })
    await bus.publish({ stage: 'reply', key: 'wkAAA:wm客户' })
    await waitUntil(() => seen.length === 2, { what: 'both handled' })
    expect(seen.sort()).toEqual(['fetch wkAAA', 'reply wkAAA:wm客户'])
  })

  it('keeps bridges on different databases apart, and shares work between those on one', async () => {
    const databaseId = randomUUID()
    const seen: string[] = []
    const started = ['one', 'two', 'other'].map((name) => {
      const { bus } = startBus({ databaseId: name === 'other' ? randomUUID() : databaseId })
      return { name, bus }
    })
    for (const { name, bus } of started) {
      await bus.consume('parse', { concurrency: 1 }, async () => {
        seen.push(name)
        return 'ack'
      })
      await untilUp(bus)
    }
    for (let number = 0; number < 40; number++) await started[0]?.bus.publish({ stage: 'parse', key: String(number) })
    await waitUntil(() => seen.length >= 40, { what: 'all handled' })
    expect(new Set(seen)).toEqual(new Set(['one', 'two']))
  })

  it('declares its queues while other bridges start beside it', async () => {
    const databaseId = randomUUID()
    const started = Array.from({ length: 4 }, () => startBus({ databaseId }))
    await Promise.all(started.map(({ bus }) => untilUp(bus)))
    expect(started.flatMap(({ log }) => log.lines.filter(({ level }) => level === 'error'))).toEqual([])
  })

  it('handles no more at once than the stage allows', async () => {
    const { bus } = startBus()
    const gate = createGate()
    await bus.consume('parse', { concurrency: 3 }, gate.handler)
    await untilUp(bus)
    for (let number = 0; number < 10; number++) await bus.publish({ stage: 'parse', key: String(number) })
    for (let finished = 0; finished < 10; finished++) {
      await waitUntil(() => gate.running() === Math.min(3, 10 - finished), { what: 'every free place is taken' })
      gate.finishOne()
    }
    expect(gate.mostAtOnce()).toBe(3)
  })

  it('acknowledges and logs when a handler throws', async () => {
    const { bus, log } = startBus()
    const seen: string[] = []
    await bus.consume('parse', { concurrency: 1 }, async (key) => {
      seen.push(key)
      if (key === 'bad') throw new Error('a customer wrote: bad')
      return 'ack'
    })
    await untilUp(bus)
    await bus.publish({ stage: 'parse', key: 'bad' })
    await bus.publish({ stage: 'parse', key: 'good' })
    await waitUntil(() => seen.includes('good'), { what: 'the next one is handled' })
    expect(seen).toEqual(['bad', 'good'])
    expect(log.lines.filter(({ name }) => name === 'bus.handler-failed')).toHaveLength(1)
  })

  it('puts a pointer that was given up into the dead queue', async () => {
    const databaseId = randomUUID()
    const { bus } = startBus({ databaseId })
    await bus.consume('parse', { concurrency: 1 }, async () => 'dead-letter')
    await untilUp(bus)
    await bus.publish({ stage: 'parse', key: 'msg-1' })
    const { channel } = await openChannel(address)
    const dead = await waitUntil(() => channel.get(deadQueueName('parse', databaseId), { noAck: true }), {
      what: 'the dead letter arrives',
    })
    expect(JSON.parse(dead.content.toString())).toEqual({ stage: 'parse', key: 'msg-1' })
    expect(dead.properties.headers?.['x-death']?.[0]?.queue).toBe(queueName('parse', databaseId))
  })

  it('gives up what is no pointer, and goes on', async () => {
    const databaseId = randomUUID()
    const { bus, log } = startBus({ databaseId })
    const seen: string[] = []
    await bus.consume('parse', { concurrency: 1 }, async (key) => {
      seen.push(key)
      return 'ack'
    })
    await untilUp(bus)
    const { channel } = await openChannel(address)
    for (const body of ['<html>', '{"stage":"parse"}', '{"stage":"fetch","key":"a"}', 'null']) {
      channel.sendToQueue(queueName('parse', databaseId), Buffer.from(body))
    }
    await bus.publish({ stage: 'parse', key: 'good' })
    await waitUntil(() => log.lines.filter(({ name }) => name === 'bus.not-a-pointer').length === 4, {
      what: 'refused',
    })
    await waitUntil(() => seen.includes('good'), { what: 'the good one is handled' })
    expect(seen).toEqual(['good'])
  })

  it('waits at close for running handlers, which may still publish, and takes nothing more', async () => {
    const databaseId = randomUUID()
    const { bus } = startBus({ databaseId })
    const gate = createGate()
    await bus.consume('fetch', { concurrency: 2 }, async (key) => {
      await gate.handler(key)
      await bus.publish({ stage: 'parse', key: `of ${key}` })
      return 'ack'
    })
    await untilUp(bus)
    await bus.publish({ stage: 'fetch', key: 'a' })
    await waitUntil(() => gate.running() === 1, { what: 'it runs' })
    let closed = false
    const closing = bus.close().then(() => {
      closed = true
    })
    await bus.publish({ stage: 'fetch', key: 'b' })
    expect(closed).toBe(false)
    gate.finishOne()
    await closing
    expect(gate.started).toEqual(['a'])
    const { channel } = await openChannel(address)
    const take = async (stage: 'fetch' | 'parse') => {
      const message = await channel.get(queueName(stage, databaseId), { noAck: true })
      return message === false ? undefined : JSON.parse(message.content.toString()).key
    }
    expect(await waitUntil(() => take('fetch'), { what: 'the waiting one is still there' })).toBe('b')
    expect(await take('fetch')).toBeUndefined()
    expect(await take('parse')).toBe('of a')
    await expect(bus.publish({ stage: 'fetch', key: 'c' })).rejects.toMatchObject({ code: 'bus.unavailable' })
  })

  it('starts on nothing that is delivered after close was called', async () => {
    const databaseId = randomUUID()
    const { bus } = startBus({ databaseId })
    const { channel } = await openChannel(address)
    await untilUp(bus)
    const total = 500
    for (let number = 0; number < total; number++) {
      channel.sendToQueue(queueName('parse', databaseId), encodePointer({ stage: 'parse', key: String(number) }))
    }
    let closing: Promise<void> | undefined
    const seen: string[] = []
    let late = 0
    await bus.consume('parse', { concurrency: total }, async (key) => {
      if (closing !== undefined) late += 1
      seen.push(key)
      if (seen.length === 10) closing = bus.close()
      return 'ack'
    })
    await waitUntil(() => closing !== undefined, { what: 'ten are handled' })
    await closing
    expect(late).toBe(0)
    const { messageCount } = await waitUntil(
      async () => {
        const state = await channel.checkQueue(queueName('parse', databaseId))
        return state.messageCount + seen.length >= total && state
      },
      { what: 'the rest is back in the queue' },
    )
    expect(messageCount).toBe(total - seen.length)
  })

  it('comes up though its first connections are cut while it prepares them', async () => {
    const databaseId = randomUUID()
    const proxy = await startCuttingProxy(address.port, queueName('reply', databaseId), 4)
    onTestFinished(proxy.stop)
    const { bus } = startBus({ databaseId, port: proxy.port })
    await untilUp(bus)
    expect(proxy.cuts()).toBe(4)
    expect(await isTaken(bus, 'reply')).toBe(true)
  })

  it('names a queue that exists with other arguments, does not hammer, and goes on once it is deleted', async () => {
    const databaseId = randomUUID()
    const name = queueName('reply', databaseId)
    const { channel } = await openChannel(address)
    await channel.assertQueue(name, { durable: true })
    const timing = { ...FAST, redial: { baseMs: 100, maxMs: 100, slowMaxMs: 1_000 } }
    const { bus, log } = startBus({ databaseId, timing })
    const reason = await waitUntil(() => reasonOf(bus)?.includes(name) && reasonOf(bus), { what: 'the reason' })
    expect(reason).toContain('delete_queue')
    await expect(bus.publish({ stage: 'reply', key: 'a' })).rejects.toMatchObject({ code: 'bus.unavailable' })
    await channel.deleteQueue(name)
    await untilUp(bus)
    await bus.publish({ stage: 'reply', key: 'a' })
    const told = log.lines.filter(({ level, name: line }) => level === 'error' && line === 'bus.down')
    // Once per connection, however often it was tried.
    expect(told.length).toBeLessThanOrEqual(2)
  })

  it.each([
    { fault: 'a wrong password', change: { password: 'wrong-secret' }, named: 'RABBITMQ_PASSWORD' },
    { fault: 'an unknown user', change: { username: 'nobody' }, named: 'RABBITMQ_USERNAME' },
    { fault: 'a virtual host that does not exist', change: { vhost: 'absent' }, named: 'RABBITMQ_VHOST' },
    { fault: 'a host that does not exist', change: { host: 'absent.invalid' }, named: 'RABBITMQ_HOST' },
  ])('names $fault', async ({ change, named }) => {
    const { bus, log } = startBus(change)
    await waitUntil(() => reasonOf(bus)?.includes(named), { what: `the reason names ${named}` })
    expect(JSON.stringify([bus.state(), log.lines])).not.toContain('wrong-secret')
  })

  it('refuses to publish, at once, while RabbitMQ is not there', async () => {
    const { bus } = startBus({ port: await freePort() })
    await bus.consume('fetch', { concurrency: 1 }, async () => 'ack')
    await waitUntil(() => reasonOf(bus)?.includes('refuses connections'), { what: 'the reason' })
    const began = performance.now()
    await expect(bus.publish({ stage: 'fetch', key: 'a' })).rejects.toMatchObject({
      code: 'bus.unavailable',
      retryable: true,
    })
    expect(performance.now() - began).toBeLessThan(500)
  })

  it('declares its queues again when one that it publishes to is deleted', async () => {
    const databaseId = randomUUID()
    const { bus } = startBus({ databaseId })
    await untilUp(bus)
    const { channel } = await openChannel(address)
    await channel.deleteQueue(queueName('parse', databaseId))
    const publishing = bus.publish({ stage: 'parse', key: 'lost' })
    await expect(publishing).rejects.toMatchObject({
      code: 'bus.unavailable',
      details: { reason: 'its queue does not exist' },
    })
    await waitUntil(() => isTaken(bus, 'parse'), { what: 'the queue is back' })
  })

  it('declares its queues again when one that it consumes is deleted', async () => {
    const databaseId = randomUUID()
    const { bus } = startBus({ databaseId })
    const seen: string[] = []
    await bus.consume('fetch', { concurrency: 1 }, async (key) => {
      seen.push(key)
      return 'ack'
    })
    await untilUp(bus)
    const { channel } = await openChannel(address)
    await channel.deleteQueue(queueName('fetch', databaseId))
    await waitUntil(async () => (await isTaken(bus, 'fetch')) && seen.length > 0, { what: 'it is consumed again' })
  })

  it('notices that a consumer was moved to a new queue that delivers nothing', async () => {
    const databaseId = randomUUID()
    const { bus } = startBus({ databaseId })
    const seen: string[] = []
    await bus.consume('fetch', { concurrency: 1 }, async (key) => {
      seen.push(key)
      return 'ack'
    })
    await untilUp(bus)
    const { channel } = await openChannel(address)
    await Promise.all([
      channel.deleteQueue(queueName('fetch', databaseId)),
      declareTopology(channel, createTopology(databaseId)),
    ])
    await waitUntil(async () => (await isTaken(bus, 'fetch')) && seen.length > 0, { what: 'the new queue is consumed' })
  })
})

/** Whether a publish is confirmed. */
function isTaken(bus: Bus, stage: Stage): Promise<boolean> {
  return bus.publish({ stage, key: 'a' }).then(
    () => true,
    () => false,
  )
}

async function openChannel({ host, port, username, password }: RabbitmqAddress) {
  const connection: ChannelModel = await connect({ hostname: host, port, username, password })
  onTestFinished(() => connection.close())
  const channel: Channel = await connection.createChannel()
  return { connection, channel }
}

/** Passes everything on to the broker, but cuts the first `times` connections when the client says `word`. */
async function startCuttingProxy(brokerPort: number, word: string, times: number) {
  let cuts = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const broker = connectSocket(brokerPort, '127.0.0.1')
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        broker.destroy()
      })
    }
    client.on('data', (data) => {
      if (cuts >= times || !data.includes(word)) return
      cuts += 1
      client.destroy()
    })
    client.pipe(broker)
    broker.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
