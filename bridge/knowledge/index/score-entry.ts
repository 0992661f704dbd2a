/** How well an entry fits a question: BM25 over all its terms, and the senses that both have. */
import type { Question } from './question.ts'
import type { Statistics } from './statistics.ts'
import { countOf, type TermList } from './term-list.ts'

export interface ScoredEntry {
  terms: TermList
  length: number
  senses: ReadonlyMap<number, number>
}

const K1 = 1.2
const B = 0.75
/** Chosen by cross-validation, see docs/knowledge.md: what is meant counts for more than how it is worded. */
export const SENSE_WEIGHT = 12

export function scoreEntry({ terms, senses }: Question, entry: ScoredEntry, statistics: Statistics): number {
  const average = statistics.length / Math.max(1, statistics.entries)
  const damping = K1 * (1 - B + (B * entry.length) / average)
  let lexical = 0
  for (const { hash, weight } of terms) {
    const count = countOf(entry.terms, hash)
    if (count > 0) lexical += (weight * count * (K1 + 1)) / (count + damping)
  }
  let meant = 0
  for (const { sense, weight } of senses) meant += weight * (entry.senses.get(sense) ?? 0)
  return lexical + SENSE_WEIGHT * meant
}
