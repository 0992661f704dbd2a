/** As much of a conversation as there is room for: what is to be answered whole, of what was before it the newest. */
import type { Turn } from '../answer/answerer.ts'

/** About as many as the vendors count: their own numbers differ, and are not needed for a limit. */
export function estimateTokens(text: string): number {
  const han = text.match(/[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/g)?.length ?? 0
  return Math.ceil(han * 0.6 + (text.length - han) * 0.3) + 4
}

/** `isOpen`: whether a turn belongs to what is to be answered. */
export function fitTurns(turns: readonly Turn[], isOpen: (turn: Turn) => boolean, maxTokens: number): Turn[] {
  const kept: Turn[] = []
  let left = maxTokens
  let isFull = false
  for (const turn of turns.toReversed()) {
    if (!isOpen(turn)) {
      left -= estimateTokens(turn.text)
      isFull ||= left < 0
      if (isFull) continue
    }
    kept.push(turn)
  }
  return kept.reverse()
}
