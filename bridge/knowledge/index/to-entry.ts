/** A chunk under one of its heads, ready to be counted and stored. */
import { findSenses, strongestSenses } from '../find-senses.ts'
import { toTerms } from '../tokenize.ts'
import type { IndexChunk } from './index-document.ts'
import type { CountedEntry } from './statistics.ts'
import { toTermList } from './term-list.ts'

/** What an answer means says less about what it answers than its question does. */
const BODY_SHARE = 0.3
/** A heading says what a piece is about; it asks nothing. */
const HEADING_SHARE = 0.1

export function toEntry(chunk: IndexChunk, head: string): CountedEntry {
  const terms = [...toTerms(head), ...toTerms(chunk.text)]
  const isQuestion = chunk.kind === 'question'
  const senses = new Map<number, number>()
  if (isQuestion) {
    for (const [sense, weight] of strongestSenses(findSenses(chunk.text))) senses.set(sense, weight * BODY_SHARE)
  }
  for (const [sense, weight] of strongestSenses(findSenses(head))) {
    senses.set(sense, Math.max(weight * (isQuestion ? 1 : HEADING_SHARE), senses.get(sense) ?? 0))
  }
  return { terms: toTermList(terms), length: terms.length, isQuestion, senses }
}
