import { describe, expect, it } from 'vitest'
import type { AnswerEvent, Answerer, Usage } from '../../../../bridge/answer/answerer.ts'
import { countUsage } from '../../../../bridge/answer/count-usage.ts'

const USAGE: Usage = { model: 'flash', inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 }
const UNKNOWN: Usage = { model: 'flash', inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
const signal = new AbortController().signal
const question = { conversationKey: 'c', turns: [] }

function counted(events: AnswerEvent[], fault?: Error) {
  const calls: [string, Usage][] = []
  const answerer: Answerer = {
    name: 'deepseek',
    model: 'flash',
    async *answer() {
      yield* events
      if (fault !== undefined) throw fault
    },
    async rewrite(_turns, _signal, onUsage) {
      onUsage?.(USAGE)
      return []
    },
    async summarize(_before, _turns, _maxChars, _signal, onUsage) {
      onUsage?.(undefined)
      return ''
    },
  }
  return { calls, answerer: countUsage(answerer, (purpose, usage) => void calls.push([purpose, usage])) }
}

async function readAll(answerer: Answerer): Promise<void> {
  for await (const _ of answerer.answer(question, signal)) void _
}

describe('countUsage', () => {
  it('counts an answer once, by what the vendor says', async () => {
    const { calls, answerer } = counted([
      { kind: 'text', text: 'a' },
      { kind: 'usage', usage: USAGE },
      { kind: 'verdict', verdict: 'answered' },
    ])
    await readAll(answerer)
    expect(calls).toEqual([['answer', USAGE]])
  })

  it('counts an answer that nobody wants any more, of an amount that is unknown', async () => {
    const { calls, answerer } = counted([
      { kind: 'text', text: 'a' },
      { kind: 'text', text: 'b' },
    ])
    for await (const _ of answerer.answer(question, signal)) break
    expect(calls).toEqual([['answer', UNKNOWN]])
  })

  it('counts an answer that is refused in the end, and none that never began', async () => {
    const refused = counted([{ kind: 'usage', usage: USAGE }], new Error('blank'))
    await expect(readAll(refused.answerer)).rejects.toThrow('blank')
    expect(refused.calls).toEqual([['answer', USAGE]])
    const away = counted([], new Error('away'))
    await expect(readAll(away.answerer)).rejects.toThrow('away')
    expect(away.calls).toEqual([])
  })

  it('counts other words and summaries under their own names', async () => {
    const { calls, answerer } = counted([])
    await answerer.rewrite?.([], signal)
    await answerer.summarize?.('', [], 100, signal)
    expect(calls).toEqual([
      ['rewrite', USAGE],
      ['summary', UNKNOWN],
    ])
  })
})
