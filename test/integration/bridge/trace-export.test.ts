import { describe, expect, it, onTestFinished } from 'vitest'
import { createTraceExport } from '../../../bridge/console/trace-export.ts'
import type { StoryMessage, StoryPart, StoryReply } from '../../../bridge/store/story-store.ts'
import { startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

const NOW = 1_800_000_000_000
const CONV = 'wk1:wmSecretCustomer'

const reply = (no: number): StoryReply => ({
  ...{ id: `reply-${no}`, conv: CONV, fromSeq: no, uptoSeq: no, state: 'closed', answerer: 'deepseek', model: 'flash' },
  ...{ inputTokens: 10, outputTokens: 5, costMicros: 1, latencyMs: 400, createdAt: NOW - 10_000 + no * 1000 },
})
const message = ({ fromSeq, createdAt }: StoryReply): StoryMessage => ({
  ...{ msgid: `m${fromSeq}`, openKfId: 'wk1', conv: CONV, seq: fromSeq, origin: 3, type: 'voice', state: 'parsed' },
  ...{ text: '客户的话', sendTime: createdAt - 2000, receivedAt: createdAt - 1500, parsedAt: createdAt - 900 },
  ...{ attempts: 0, lastError: '' },
})
const part = ({ id, createdAt }: StoryReply): StoryPart => ({
  ...{ msgid: `${id}-p0`, no: 0, kind: 'text', channel: 'send', state: 'sent', inDoubt: 0, attempts: 1, err: '' },
  ...{ createdAt, sentAt: createdAt + 80 },
})

async function start() {
  const collector = await startOtlpReceiver()
  onTestFinished(() => collector.close())
  const replies = [reply(1)]
  const world = { place: JSON.stringify({ at: NOW - 60_000, id: '' }), diesBeforeNoting: false }
  const isAfter = (one: StoryReply, { at, id }: { at: number; id: string }) =>
    one.createdAt > at || (one.createdAt === at && one.id > id)
  const create = () =>
    createTraceExport({
      stories: {
        settledReplies: async (after, until) => replies.filter((one) => isAfter(one, after) && one.createdAt <= until),
        oldestUnsettled: async () => undefined,
        partsOf: async (id) => replies.filter((one) => one.id === id).map(part),
        messagesOf: async (one) => [message(one)],
      },
      place: {
        get: async () => world.place,
        async set(place) {
          if (world.diesBeforeNoting) throw new Error('died')
          world.place = place
        },
      },
      ...{ endpoint: collector.url, headers: {}, version: '1.2.3', now: () => NOW, log: createRecordingLogger() },
    })
  return { collector, replies, world, create }
}

describe('traces', () => {
  it('are one for a turn, from the callback to what was sent, with every step under its root', async () => {
    const { collector, create } = await start()
    await create().run()
    const root = collector.spans.find(({ name }) => name === 'turn')
    const steps = collector.spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId)
    expect(steps.map(({ name }) => name)).toEqual(['callback and pull', 'parse', 'wait', 'answer', 'send'])
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(JSON.stringify(collector.spans)).not.toMatch(/客户的话|wmSecretCustomer/)
  })

  it('go on after a restart where they were, and tell nothing twice', async () => {
    const { collector, replies, create } = await start()
    await create().run()
    replies.push(reply(2))
    await create().run()
    await create().run()
    const roots = collector.spans.filter(({ name }) => name === 'turn')
    expect(roots.map(({ attributes }) => attributes['kefu.reply'])).toEqual(['reply-1', 'reply-2'])
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(2)
  })

  it('that a process told before it died are the same trace when the next one tells them', async () => {
    const { collector, world, create } = await start()
    world.diesBeforeNoting = true
    await expect(create().run()).rejects.toThrow('died')
    world.diesBeforeNoting = false
    await create().run()
    const ids = collector.spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`)
    expect(ids).toHaveLength(12)
    expect(new Set(ids).size).toBe(6)
  })
})
