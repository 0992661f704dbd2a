import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bus } from '../../../../bridge/bus/bus.ts'
import { createRabbitmqBus } from '../../../../bridge/bus/rabbitmq-bus.ts'
import { isMissing } from '../../../support/available-servers.ts'
import { type RabbitmqServer, startRabbitmqServer } from '../../../support/rabbitmq-server.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

describe.skipIf(isMissing('rabbitmq'))('createRabbitmqBus over kill -9 of the broker', () => {
  let server: RabbitmqServer
  const buses: Bus[] = []

  beforeAll(async () => {
    server = await startRabbitmqServer()
  })
  afterAll(async () => {
    await Promise.all(buses.map((bus) => bus.close()))
    await server?.stop()
  })

  it('recovers by itself, delivers again what was not answered, and loses nothing that was confirmed', async () => {
    const log = createRecordingLogger()
    const bus = createRabbitmqBus({ ...server.address, databaseId: randomUUID(), log })
    buses.push(bus)
    const seen: string[] = []
    let block = true
    await bus.consume('reply', { concurrency: 2 }, async (key) => {
      seen.push(key)
      if (block) await waitUntil(() => !block, { what: 'the test goes on', timeoutMs: 60_000 })
      return 'ack'
    })
    await waitUntil(() => bus.state().up, { what: 'the bus is up' })

    const confirmed = new Set<string>()
    let refused = 0
    let killing: Promise<void> | undefined
    for (let number = 0; number < 1_000; number++) {
      // In the middle of publishing, so that some are cut off unconfirmed.
      if (number === 300) killing = server.kill9()
      const key = `conversation-${number}`
      const publishing = bus.publish({ stage: 'reply', key }).then(
        () => confirmed.add(key),
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'bus.unavailable', retryable: true })
          refused += 1
        },
      )
      if (number % 10 === 0) await publishing
    }
    await killing
    await waitUntil(() => confirmed.size + refused === 1_000, { what: 'each publish is settled' })
    expect(refused).toBeGreaterThan(0)
    expect(confirmed.size).toBeGreaterThanOrEqual(200)
    expect(bus.state()).toMatchObject({ up: false })
    const began = performance.now()
    await expect(bus.publish({ stage: 'reply', key: 'x' })).rejects.toMatchObject({ code: 'bus.unavailable' })
    expect(performance.now() - began).toBeLessThan(500)
    expect(seen).toHaveLength(2)
    const unanswered = [...seen]

    await server.restart()
    const restarted = performance.now()
    await waitUntil(() => bus.state().up, { what: 'the bus is up again', timeoutMs: 20_000 })
    const recoveryMs = performance.now() - restarted
    block = false
    await waitUntil(() => confirmed.isSubsetOf(new Set(seen)), { what: 'all confirmed are handled', timeoutMs: 20_000 })
    for (const key of unanswered) expect(seen.filter((one) => one === key).length).toBeGreaterThan(1)
    expect(recoveryMs).toBeLessThan(5_000)
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  }, 120_000)

  it('comes up when the broker was not there at its start', async () => {
    await server.kill9()
    const bus = createRabbitmqBus({ ...server.address, databaseId: randomUUID(), log: createRecordingLogger() })
    buses.push(bus)
    const seen: string[] = []
    await bus.consume('fetch', { concurrency: 1 }, async (key) => {
      seen.push(key)
      return 'ack'
    })
    await waitUntil(() => !bus.state().up, { what: 'it is down' })
    await server.restart()
    await waitUntil(() => bus.state().up, { what: 'the bus is up', timeoutMs: 20_000 })
    await bus.publish({ stage: 'fetch', key: 'wkAAA' })
    await waitUntil(() => seen.length === 1, { what: 'handled' })
  }, 120_000)

  it('refuses at once, and says why, while RabbitMQ is out of memory', async () => {
    const log = createRecordingLogger()
    const bus = createRabbitmqBus({ ...server.address, databaseId: randomUUID(), log })
    buses.push(bus)
    await waitUntil(() => bus.state().up, { what: 'the bus is up' })
    await server.control('set_vm_memory_high_watermark', 'absolute', '1MB')
    try {
      // RabbitMQ tells a publisher only once it publishes.
      await bus.publish({ stage: 'reply', key: 'a' }).catch(() => {})
      await waitUntil(() => !bus.state().up, { what: 'it is blocked' })
      expect(bus.state()).toMatchObject({ reason: expect.stringContaining('out of memory or disk') })
      const began = performance.now()
      await expect(bus.publish({ stage: 'reply', key: 'b' })).rejects.toMatchObject({ code: 'bus.unavailable' })
      expect(performance.now() - began).toBeLessThan(500)
    } finally {
      await server.control('set_vm_memory_high_watermark', '0.4')
    }
    await waitUntil(() => bus.state().up, { what: 'it is up again' })
    await bus.publish({ stage: 'reply', key: 'c' })
    expect(log.lines.map(({ name }) => name)).toContain('bus.blocked')
  }, 60_000)

  it('closes in time while the broker is gone', async () => {
    const bus = createRabbitmqBus({ ...server.address, databaseId: randomUUID(), log: createRecordingLogger() })
    await bus.consume('fetch', { concurrency: 1 }, async () => 'ack')
    await waitUntil(() => bus.state().up, { what: 'the bus is up' })
    await server.kill9()
    const began = performance.now()
    await bus.close()
    expect(performance.now() - began).toBeLessThan(1_000)
  }, 60_000)
})
