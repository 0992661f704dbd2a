import { describe, expect, it, onTestFinished } from 'vitest'
import type { Pointer } from '../../../../bridge/bus/bus.ts'
import { createWaker } from '../../../../bridge/stages/waker.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { waitUntil } from '../../../support/wait-until.ts'

function createTestWaker(publish: (pointer: Pointer) => Promise<void> = async () => undefined) {
  const log = createRecordingLogger()
  const published: { key: string; at: number }[] = []
  const waker = createWaker({
    now: () => performance.now(),
    log,
    async publish(pointer) {
      published.push({ key: pointer.key, at: performance.now() })
      await publish(pointer)
    },
  })
  onTestFinished(() => waker.stop())
  return { waker, published, log }
}

describe('createWaker', () => {
  it('publishes at once what is due, and later what is not', async () => {
    const { waker, published } = createTestWaker()
    const at = performance.now() + 50
    waker.wake({ stage: 'reply', key: 'later' }, at)
    waker.wake({ stage: 'reply', key: 'now' })
    expect(published.map(({ key }) => key)).toEqual(['now'])
    await waitUntil(() => published.length === 2, { what: 'the later one' })
    expect(published[1]?.at).toBeGreaterThanOrEqual(at - 5)
  })

  it('waits for the last message of a burst: a later time replaces an earlier one', async () => {
    const { waker, published } = createTestWaker()
    const at = performance.now() + 80
    waker.wake({ stage: 'reply', key: 'conv' }, performance.now() + 20)
    waker.wake({ stage: 'reply', key: 'conv' }, at)
    await waitUntil(() => published.length > 0, { what: 'it is published' })
    expect(published).toHaveLength(1)
    expect(published[0]?.at).toBeGreaterThanOrEqual(at - 5)
  })

  it('publishes nothing before its time by the clock of the rows, though a timer may be early', async () => {
    const published: number[] = []
    const start = performance.now()
    // Runs behind the timers': theirs are always early by it.
    const now = () => performance.now() - (performance.now() - start) / 4
    const waker = createWaker({ now, log: createRecordingLogger(), publish: async () => void published.push(now()) })
    onTestFinished(() => waker.stop())
    const at = now() + 40
    waker.wake({ stage: 'reply', key: 'conv' }, at)
    await waitUntil(() => published.length > 0, { what: 'it is published' })
    expect(published[0]).toBeGreaterThanOrEqual(at)
  })

  it('leaves a pointer that could not be published to the sweeper', async () => {
    const { waker, log } = createTestWaker(async () => {
      throw new Error('broker away')
    })
    waker.wake({ stage: 'fetch', key: 'wk' })
    await waitUntil(() => log.lines.some((line) => line.name === 'bus.publish-failed'), { what: 'it is logged' })
  })

  it('publishes nothing more once it is stopped', async () => {
    const { waker, published } = createTestWaker()
    waker.wake({ stage: 'reply', key: 'conv' }, performance.now() + 10)
    waker.stop()
    waker.wake({ stage: 'reply', key: 'conv' })
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(published).toEqual([])
  })
})
