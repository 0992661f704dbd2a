import { describe, expect, it } from 'vitest'
import { createRetention } from '../../../../bridge/stages/retention.ts'
import type { Batch, Place, RetentionStore } from '../../../../bridge/store/retention-store.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'

const NOW = 1_000_000

function start(batches: readonly number[], keepMs: number | undefined, onBatch: () => void = () => undefined) {
  const calls: { step: string; after: Place | undefined; before: number }[] = []
  const stepOf =
    (step: string, sizes: readonly number[]) =>
    async (after?: Place, before = 0): Promise<Batch> => {
      calls.push({ step, after, before })
      onBatch()
      const done = calls.filter((call) => call.step === step).length
      const next = done < sizes.length ? { at: done, key: 'k' } : undefined
      return { removed: sizes[done - 1] ?? 0, next }
    }
  const retention: RetentionStore = {
    messages: stepOf('messages', batches),
    contents: stepOf('contents', [0]),
    summaries: stepOf('summaries', [0]),
    replies: stepOf('replies', [0]),
    media: stepOf('media', [0]),
    loneParts: stepOf('loneParts', [0]),
    deskChanges: stepOf('deskChanges', [0]),
    ratings: stepOf('ratings', [0]),
    closedEntries: stepOf('closedEntries', [0]),
    openEntries: stepOf('openEntries', [0]),
    vendorConversations: stepOf('vendorConversations', [0]),
    processes: stepOf('processes', [0]),
  }
  const log = createRecordingLogger()
  const job = createRetention({ retention, now: () => NOW, log }, { keepMs, pauseMs: 20 })
  return { job, calls, log, steps: () => calls.map(({ step }) => step) }
}

describe('createRetention', () => {
  it('goes on from batch to batch to the end, with a pause after each, and says what it forgot', async () => {
    const { job, calls, log } = start([500, 500, 3], 1000)
    const startedAt = performance.now()
    await job.run()
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(38)
    const messages = calls.filter(({ step }) => step === 'messages')
    expect(messages.map(({ after }) => after)).toEqual([undefined, { at: 1, key: 'k' }, { at: 2, key: 'k' }])
    expect(messages.every(({ before }) => before === NOW - 1000)).toBe(true)
    expect(log.lines).toMatchObject([{ name: 'retention.forgotten', fields: { messages: 1003, replies: 0 } }])
  })

  it('looks at answers before messages, and says nothing when nothing is old', async () => {
    const { job, steps, log } = start([0], 1000)
    await job.run()
    expect(steps().indexOf('replies')).toBeLessThan(steps().indexOf('messages'))
    expect(log.lines).toEqual([])
  })

  it('forgets nothing that was said when all is to be kept', async () => {
    const { job, steps } = start([500], undefined)
    await job.run()
    expect(steps()).toEqual(['processes'])
  })

  it('ends after the batch at hand when it is stopped, and runs again after that', async () => {
    let isToStop = true
    const { job, steps } = start([500, 500, 500], 1000, () => {
      if (isToStop && steps().at(-1) === 'messages') job.stop()
    })
    await job.run()
    expect(steps()).toEqual(['replies', 'messages'])
    isToStop = false
    await job.run()
    expect(steps().filter((step) => step === 'messages')).toHaveLength(3)
  })
})
