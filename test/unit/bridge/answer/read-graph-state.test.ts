import { describe, expect, it } from 'vitest'
import { isInterrupted, readGraphState } from '../../../../bridge/answer/read-graph-state.ts'

const human = { type: 'human', id: 'q', content: '在吗' }
const ai = (content: unknown, more: object = {}) => ({ type: 'ai', id: 'a', content, ...more })
const read = (...messages: unknown[]) => readGraphState({ messages }, 'q')

describe('readGraphState', () => {
  it.each<[string, unknown[], string]>([
    ['the last word of the agent', [human, ai('计划'), ai('您好')], '您好'],
    ['nothing that was said before the question', [ai('旧的'), human], ''],
    ['the answer where the graph makes its own ids', [{ ...human, id: 'other' }, ai('您好')], '您好'],
    ['nothing old where the graph makes its own ids', [ai('旧的'), { ...human, id: 'other' }], ''],
    [
      'messages in the manner of OpenAI',
      [
        { role: 'user', content: '在吗' },
        { role: 'assistant', content: '您好' },
      ],
      '您好',
    ],
    ['the chunks of a stream', [human, { ...ai('您好'), type: 'AIMessageChunk' }], '您好'],
    [
      'blocks of text alone',
      [human, ai([{ type: 'reasoning', text: '内部' }, '您', { type: 'text', text: '好' }, { type: 'image' }])],
      '您好',
    ],
    ['no thinking', [human, ai('<think>内部</think>您好')], '您好'],
    ['nothing as long as a tool is called', [human, ai('我去查查', { tool_calls: [{ name: 'x' }] })], ''],
    ['nothing of a tool', [human, ai(''), { type: 'tool', content: '{"内部":1}' }], ''],
    ['nothing of what is no text', [human, ai({ a: 1 })], ''],
  ])('takes %s', (_what, messages, text) => {
    expect(read(...messages)?.text).toBe(text)
  })

  it('adds up what the agent has used since the question', () => {
    const used = (input: number, output: number, cached: number) => ({
      usage_metadata: { input_tokens: input, output_tokens: output, input_token_details: { cache_read: cached } },
      response_metadata: { model_name: 'm' },
    })
    expect(read(ai('旧的', used(900, 900, 900)), human, ai('', used(10, 2, 4)), ai('好', used(20, 3, 8)))).toEqual({
      text: '好',
      model: 'm',
      inputTokens: 30,
      cachedInputTokens: 12,
      outputTokens: 5,
    })
    expect(read(human, ai('好', { usage_metadata: { input_tokens: 'many' } }))).toMatchObject({ inputTokens: 0 })
  })

  it.each([undefined, null, 7, [], {}, { messages: 'x' }, { output: 'y' }])('knows no state in %j', (values) => {
    expect(readGraphState(values, 'q')).toBeUndefined()
  })
})

describe('isInterrupted', () => {
  it.each<[unknown, boolean]>([
    [{ __interrupt__: [{ value: 'x' }] }, true],
    [{ __interrupt__: [] }, false],
    [{ __interrupt__: 'x' }, false],
    [{ node: { messages: [] } }, false],
    [null, false],
    ['__interrupt__', false],
  ])('%j: %s', (values, expected) => {
    expect(isInterrupted(values)).toBe(expected)
  })
})
