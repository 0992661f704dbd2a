import { describe, expect, it } from 'vitest'
import { readDifyStream } from '../../../../bridge/answer/read-dify-stream.ts'

const toEvent = (event: object) => `data: ${JSON.stringify({ task_id: 't1', conversation_id: 'c1', ...event })}\n\n`
const end = toEvent({ event: 'message_end', metadata: { usage: { prompt_tokens: 3, completion_tokens: 4 } } })

/** The chunks, and then nothing: it stays open until its reader leaves. */
function stream(chunks: readonly (string | Uint8Array)[], stays = false) {
  const left = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
      if (!stays) controller.close()
    },
    cancel: () => left.resolve(),
  })
  return { body, left: left.promise }
}
const read = (...chunks: (string | Uint8Array)[]) => readDifyStream(stream(chunks).body, () => undefined)

describe('readDifyStream', () => {
  it('is done with message_end, and leaves then', async () => {
    const { body, left } = stream([toEvent({ event: 'message', answer: '好' }), end], true)
    const tasks: string[] = []
    expect(await readDifyStream(body, (task) => tasks.push(task))).toEqual({
      kind: 'answer',
      answer: { text: '好', conversationId: 'c1', inputTokens: 3, outputTokens: 4, isPaused: false },
    })
    await left
    expect(new Set(tasks)).toEqual(new Set(['t1']))
  })

  it('hears nothing after the end, not even in the same piece', async () => {
    const late = toEvent({ event: 'message', answer: '多余' }) + toEvent({ event: 'error', status: 500, code: 'x' })
    expect(await read(toEvent({ event: 'message', answer: '好' }) + end + late)).toMatchObject({
      answer: { text: '好' },
    })
  })

  it('puts characters together that arrive in pieces', async () => {
    const bytes = new TextEncoder().encode(toEvent({ event: 'agent_message', answer: '退货' }) + end)
    const pieces = Array.from({ length: bytes.length }, (_, at) => bytes.slice(at, at + 1))
    expect(await read(...pieces)).toMatchObject({ answer: { text: '退货' } })
  })

  it.each<[string, string]>([
    ['what is no JSON', 'data: {broken\n\n'],
    ['what is no event', 'data: [1]\n\ndata: "x"\n\ndata: null\n\n'],
    ['events that nobody knows', toEvent({ event: 'brand_new', answer: '多余' })],
    ['pings of every form', ': ping\n\nevent: ping\n\ndata: {"event":"ping"}\n\n'],
    ['fields of other types', toEvent({ event: 'message', answer: 7, status: 'x', task_id: 5, metadata: [] })],
  ])('passes over %s', async (_what, noise) => {
    expect(await read(noise, toEvent({ event: 'message', answer: '好' }), noise, end)).toMatchObject({
      answer: { text: '好' },
    })
  })

  it('takes back what is replaced, and goes on after it', async () => {
    const events = [
      { event: 'message', answer: '不该说的' },
      { event: 'message_replace', answer: '抱歉' },
    ]
    expect(await read(...events.map(toEvent), toEvent({ event: 'message', answer: '。' }), end)).toMatchObject({
      answer: { text: '抱歉。' },
    })
  })

  it.each<[string, string[], object]>([
    [
      'an error',
      [toEvent({ event: 'error', status: 400, code: 'invalid_param', message: 'm' })],
      { refusal: { status: 400, code: 'invalid_param' } },
    ],
    ['an error without a status', [toEvent({ event: 'error' })], { refusal: { status: 500, code: '' } }],
    [
      'a pause',
      [toEvent({ event: 'message', answer: '请稍等' }), toEvent({ event: 'workflow_paused' })],
      { answer: { text: '请稍等', isPaused: true } },
    ],
    ['an end without a word', [toEvent({ event: 'message', answer: '半句' })], { kind: 'cut' }],
    ['nothing', [], { kind: 'cut' }],
  ])('knows %s', async (_what, chunks, expected) => {
    expect(await read(...chunks)).toMatchObject(expected)
  })

  it('does not fill the memory', async () => {
    const chunk = toEvent({ event: 'node_finished', data: 'x'.repeat(1_000_000) })
    const { body, left } = stream(
      Array.from({ length: 40 }, () => chunk),
      true,
    )
    expect(await readDifyStream(body, () => undefined)).toEqual({ kind: 'cut' })
    await left
  })
})
