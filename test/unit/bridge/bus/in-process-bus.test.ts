import { describe, expect, it } from 'vitest'
import { createInProcessBus } from '../../../../bridge/bus/in-process-bus.ts'
import { createGate } from '../../../support/gate.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('createInProcessBus', () => {
  it('hands a pointer to the handler of its stage only', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    const [fetch, parse] = [createGate(), createGate()]
    await bus.consume('fetch', { concurrency: 1 }, fetch.handler)
    await bus.consume('parse', { concurrency: 1 }, parse.handler)
    await bus.publish({ stage: 'parse', key: 'm1' })
    await settle()
    expect(parse.started).toEqual(['m1'])
    expect(fetch.started).toEqual([])
  })

  it('keeps what is published before anybody consumes', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    await bus.publish({ stage: 'fetch', key: 'a' })
    const gate = createGate()
    await bus.consume('fetch', { concurrency: 1 }, gate.handler)
    await settle()
    expect(gate.started).toEqual(['a'])
  })

  it('does not queue a waiting pointer twice', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    const gate = createGate()
    await bus.consume('reply', { concurrency: 1 }, gate.handler)
    for (const key of ['a', 'b', 'b', 'b', 'c']) await bus.publish({ stage: 'reply', key })
    for (const key of ['a', 'b', 'c']) {
      await settle()
      gate.finishOne(key)
    }
    await settle()
    expect(gate.started).toEqual(['a', 'b', 'c'])
  })

  it('runs a key once more, after its run, when it was published meanwhile', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    const gate = createGate()
    await bus.consume('reply', { concurrency: 8 }, gate.handler)
    await bus.publish({ stage: 'reply', key: 'a' })
    await settle()
    await bus.publish({ stage: 'reply', key: 'a' })
    await bus.publish({ stage: 'reply', key: 'a' })
    await settle()
    expect(gate.started).toEqual(['a'])
    gate.finishOne('a')
    await settle()
    expect(gate.started).toEqual(['a', 'a'])
    gate.finishOne('a')
    await settle()
    expect(gate.started).toEqual(['a', 'a'])
  })

  it('handles no more at once than the stage allows', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    const gate = createGate()
    await bus.consume('parse', { concurrency: 2 }, gate.handler)
    for (const key of ['a', 'b', 'c']) await bus.publish({ stage: 'parse', key })
    await settle()
    expect(gate.started).toEqual(['a', 'b'])
    gate.finishOne('b')
    await settle()
    expect(gate.started).toEqual(['a', 'b', 'c'])
  })

  it('logs a handler that throws, without its key, and goes on', async () => {
    const log = createRecordingLogger()
    const bus = createInProcessBus({ log })
    const seen: string[] = []
    await bus.consume('parse', { concurrency: 1 }, async (key) => {
      seen.push(key)
      if (key === 'bad') throw new Error('broken')
      return 'dead-letter'
    })
    await bus.publish({ stage: 'parse', key: 'bad' })
    await bus.publish({ stage: 'parse', key: 'good' })
    await settle()
    expect(seen).toEqual(['bad', 'good'])
    expect(log.lines.map(({ level, name, fields }) => [level, name, fields.stage])).toEqual([
      ['error', 'bus.handler-failed', 'parse'],
    ])
    expect(JSON.stringify(log.lines)).not.toContain('"bad"')
  })

  it('waits at close for running handlers, which may still publish, and starts nothing more', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    const gate = createGate()
    await bus.consume('fetch', { concurrency: 1 }, gate.handler)
    await bus.publish({ stage: 'fetch', key: 'a' })
    await bus.publish({ stage: 'fetch', key: 'b' })
    await settle()
    let closed = false
    const closing = bus.close().then(() => {
      closed = true
    })
    await settle()
    expect(closed).toBe(false)
    await bus.publish({ stage: 'parse', key: 'm1' })
    gate.finishOne('a')
    await closing
    expect(gate.started).toEqual(['a'])
    expect(bus.state()).toEqual({ up: false, reason: 'closed' })
    await expect(bus.publish({ stage: 'fetch', key: 'a' })).rejects.toMatchObject({
      code: 'bus.unavailable',
      retryable: true,
    })
  })

  it('refuses more than it can hold', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    const gate = createGate()
    await bus.consume('notice', { concurrency: 1 }, gate.handler)
    for (let number = 0; number <= 100_000; number++) await bus.publish({ stage: 'notice', key: String(number) })
    await expect(bus.publish({ stage: 'notice', key: 'one more' })).rejects.toMatchObject({ code: 'bus.unavailable' })
  })

  it('fills up with nothing, and complains of nothing, for a stage that another process has', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    for (let number = 0; number < 100_001; number++) await bus.publish({ stage: 'reply', key: String(number) })
    const gate = createGate()
    await bus.consume('reply', { concurrency: Number.POSITIVE_INFINITY }, gate.handler)
    await settle()
    expect(gate.started).toHaveLength(1_000)
  })

  it('carries 20,000 pointers within a second', async () => {
    const bus = createInProcessBus({ log: createRecordingLogger() })
    let handled = 0
    await bus.consume('reply', { concurrency: 16 }, async () => {
      handled += 1
      return 'ack'
    })
    const began = performance.now()
    for (let number = 0; number < 20_000; number++) await bus.publish({ stage: 'reply', key: String(number) })
    await waitUntil(() => handled === 20_000, { what: 'all handled' })
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
