/** What the whole index knows of its terms: in how many entries each occurs. Kept beside the entries as one value, so that opening is quick. */
import type { TermList } from './term-list.ts'

export interface Statistics {
  entries: number
  /** Of all entries together, in tokens. */
  length: number
  /** Entries that are found by questions. */
  questions: number
  /** By the hash of the term. */
  frequency: Map<number, number>
  /** By the sense: the sum of what each entry has of it, at most 1 each. */
  senses: Map<number, number>
}

export interface CountedEntry {
  terms: TermList
  length: number
  isQuestion: boolean
  senses: ReadonlyMap<number, number>
}

export function emptyStatistics(): Statistics {
  return { entries: 0, length: 0, questions: 0, frequency: new Map(), senses: new Map() }
}

/** `sign` is 1 for an entry that comes, -1 for one that goes. */
export function countEntry(statistics: Statistics, entry: CountedEntry, sign: 1 | -1): void {
  statistics.entries += sign
  statistics.length += sign * entry.length
  if (entry.isQuestion) statistics.questions += sign
  for (const hash of entry.terms.hashes) {
    const count = (statistics.frequency.get(hash) ?? 0) + sign
    if (count > 0) statistics.frequency.set(hash, count)
    else statistics.frequency.delete(hash)
  }
  for (const [sense, weight] of entry.senses) {
    statistics.senses.set(sense, Math.max(0, (statistics.senses.get(sense) ?? 0) + sign * Math.min(1, weight)))
  }
}

/** Of three entries every word is in a third. A small knowledge is weighed as if it were part of one of this size. */
const LEAST_ENTRIES = 32

/** BM25's: how much it says that something occurs, which is in so many of the entries. */
export function inverseFrequency(entries: number, frequency: number): number {
  return Math.log(1 + (Math.max(entries, LEAST_ENTRIES) - frequency + 0.5) / (frequency + 0.5))
}

const HEAD = 4

export function encodeStatistics({ entries, length, questions, frequency, senses }: Statistics): Uint8Array {
  const numbers = new Float64Array(HEAD + senses.size * 2)
  numbers.set([entries, length, questions, senses.size])
  numbers.set([...senses].flat(), HEAD)
  const pairs = new Int32Array(frequency.size * 2)
  let place = 0
  for (const [hash, count] of frequency) {
    pairs[place] = hash
    pairs[place + 1] = count
    place += 2
  }
  const bytes = new Uint8Array(numbers.byteLength + pairs.byteLength)
  bytes.set(new Uint8Array(numbers.buffer))
  bytes.set(new Uint8Array(pairs.buffer), numbers.byteLength)
  return bytes
}

export function decodeStatistics(bytes: Uint8Array): Statistics {
  const buffer = bytes.slice().buffer
  const [entries = 0, length = 0, questions = 0, size = 0] = new Float64Array(buffer, 0, HEAD)
  const flat = new Float64Array(buffer, HEAD * 8, size * 2)
  const senses = new Map<number, number>()
  for (let place = 0; place < flat.length; place += 2) senses.set(flat[place] ?? 0, flat[place + 1] ?? 0)
  const pairs = new Int32Array(buffer, (HEAD + size * 2) * 8)
  const frequency = new Map<number, number>()
  for (let place = 0; place < pairs.length; place += 2) frequency.set(pairs[place] ?? 0, pairs[place + 1] ?? 0)
  return { entries, length, questions, frequency, senses }
}
