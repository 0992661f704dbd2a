/** An answerer whose calls are counted as they end, by what the vendor said they took; also those that were broken off, whose amount is unknown. */
import type { Answerer, Usage } from './answerer.ts'

/** `usage` holds zeros where the vendor did not say. */
export type CountUsage = (purpose: 'answer' | 'rewrite' | 'summary', usage: Usage) => void

export function countUsage(answerer: Answerer, count: CountUsage): Answerer {
  const unknown: Usage = {
    model: answerer.model ?? answerer.name,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
  }
  const { rewrite, summarize } = answerer
  return {
    ...answerer,
    async *answer(question, signal) {
      let hasText = false
      let usage: Usage | undefined
      try {
        for await (const event of answerer.answer(question, signal)) {
          if (event.kind === 'usage') usage = event.usage
          hasText ||= event.kind === 'text'
          yield event
        }
      } finally {
        if (usage !== undefined || hasText) count('answer', usage ?? unknown)
      }
    },
    ...(rewrite && {
      rewrite: (turns, signal) => rewrite(turns, signal, (usage = unknown) => count('rewrite', usage)),
    }),
    ...(summarize && {
      summarize: (before, turns, maxChars, signal) =>
        summarize(before, turns, maxChars, signal, (usage = unknown) => count('summary', usage)),
    }),
  }
}
