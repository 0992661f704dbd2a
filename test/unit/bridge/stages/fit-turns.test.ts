import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../../bridge/answer/answerer.ts'
import { estimateTokens, fitTurns } from '../../../../bridge/stages/fit-turns.ts'

const turns: Turn[] = Array.from({ length: 10 }, (_, index) => ({
  role: index % 2 === 0 ? 'customer' : 'assistant',
  text: `${index}${'字'.repeat(100)}`,
  seq: index,
}))
const last = turns.length - 1
const isOpen = ({ seq = 0 }: Turn) => seq >= last

describe('fitTurns', () => {
  const one = estimateTokens(turns[0]?.text ?? '')

  it.each([
    { budget: 0, kept: [9] },
    { budget: one - 1, kept: [9] },
    { budget: one, kept: [8, 9] },
    { budget: 3 * one, kept: [6, 7, 8, 9] },
    { budget: 100 * one, kept: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  ])('keeps what is to be answered and, within $budget tokens, the newest before it', ({ budget, kept }) => {
    expect(fitTurns(turns, isOpen, budget).map(({ seq }) => seq)).toEqual(kept)
  })

  it('leaves no gap: behind a turn that is too long, nothing older is told', () => {
    const gap = turns.map((turn) => (turn.seq === 7 ? { ...turn, text: '字'.repeat(5000) } : turn))
    expect(fitTurns(gap, isOpen, 5 * one).map(({ seq }) => seq)).toEqual([8, 9])
  })
})

describe('estimateTokens', () => {
  it('counts Chinese for more than Latin letters', () => {
    expect(estimateTokens('字'.repeat(100))).toBeGreaterThan(estimateTokens('a'.repeat(100)))
  })
})
