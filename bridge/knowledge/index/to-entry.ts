/** A chunk under one of its heads, ready to be counted and stored. */
import { findSenses, strongestSenses } from '../find-senses.ts'
import { toTerms } from '../tokenize.ts'
import type { IndexChunk } from './index-document.ts'
import type { CountedEntry } from './statistics.ts'
import { toTermList } from './term-list.ts'

/** What an answer means says less about what it answers than its question does. A heading says what a piece is about; it asks nothing. */
const QUESTION_SHARES = { head: 1, body: 0.3 }
const TEXT_SHARES = { head: 0.1, body: 0.05 }

export function toEntry(chunk: IndexChunk, head: string): CountedEntry {
  const terms = [...toTerms(head), ...toTerms(chunk.text)]
  const isQuestion = chunk.kind === 'question'
  const senses = new Map<number, number>()
  const shares = isQuestion ? QUESTION_SHARES : TEXT_SHARES
  for (const [sense, weight] of strongestSenses(findSenses(chunk.text))) senses.set(sense, weight * shares.body)
  for (const [sense, weight] of strongestSenses(findSenses(head))) {
    senses.set(sense, Math.max(weight * shares.head, senses.get(sense) ?? 0))
  }
  return { terms: toTermList(terms), length: terms.length, isQuestion, senses }
}
