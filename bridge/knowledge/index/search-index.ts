/** One search: candidates from the index, scored exactly, fused with what is near by vector, each chunk once. */
import { isKindOfQuestion } from '../find-senses.ts'
import { normalize } from '../tokenize.ts'
import type { IndexHit, IndexQuery } from './index-document.ts'
import { judgeAnswer } from './judge-answer.ts'
import type { IndexFile, StoredEntry, Wanted } from './open-index-file.ts'
import { type Question, toQuestion } from './question.ts'
import { SENSE_WEIGHT, scoreEntry } from './score-entry.ts'
import type { Statistics } from './statistics.ts'

/** Terms are looked up from the rarest on until they stand in so many entries together; all of them count when scoring. */
const MAX_POSTINGS = 8_000
const MIN_TERMS = 6
/** Of Cormack et al. 2009: https://dl.acm.org/doi/10.1145/1571941.1572114 */
const RRF_K = 60
const LIST = 50

interface Scored {
  chunk: string
  score: number
  entry: StoredEntry
}

export function searchIndex(index: IndexFile, query: IndexQuery): IndexHit[] {
  const statistics = index.statistics()
  const without = new Set(query.without)
  const questions = query.texts.map((text) =>
    toQuestion(text, statistics, {
      aliases: without.has('aliases') ? [] : otherNames(text, index),
      usesSenses: !without.has('everyday-words'),
    }),
  )
  const lists = questions.map((question) => rank(index, question, query.bases, statistics))
  const scored = new Map(lists.flat().map((one) => [one.chunk, one]))
  const orders = lists.map((list) => list.map(({ chunk }) => chunk))
  if (!without.has('vectors')) orders.push(...(query.near?.map((ids) => [...ids]) ?? []))

  const first = questions[0]
  if (first === undefined) return []
  return fuse(orders, scored)
    .slice(0, query.limit)
    .flatMap(({ chunk: id, score }) => {
      const chunk = index.chunk(id)
      if (chunk === undefined) return []
      const text = `${chunk.title}\n${chunk.text}`
      const best = Math.max(
        ...questions.map((question) => judge(index, id, question, text, statistics, scored.get(id))),
      )
      const { document, kind, title, meta } = chunk
      return [{ chunk: id, document, kind, title, text: chunk.text, meta, score, confidence: best }]
    })
}

/** Best first, each chunk by the best of its entries. */
function rank(
  index: IndexFile,
  question: Question,
  bases: readonly string[] | undefined,
  statistics: Statistics,
): Scored[] {
  const best = new Map<string, Scored>()
  const senses = question.senses
    .filter(({ sense }) => !isKindOfQuestion(sense))
    .map(({ sense, weight }) => ({ id: sense, weight: weight * SENSE_WEIGHT }))
  for (const id of index.candidates(lookedUp(question), senses, bases)) {
    const entry = index.entry(id)
    if (entry === undefined) continue
    const score = scoreEntry(question, entry, statistics)
    if (score > (best.get(entry.chunk)?.score ?? 0)) best.set(entry.chunk, { chunk: entry.chunk, score, entry })
  }
  return [...best.values()].sort((one, other) => other.score - one.score).slice(0, LIST)
}

function lookedUp({ terms }: Question): Wanted[] {
  let postings = 0
  const count = terms.findIndex(({ frequency }, place) => {
    postings += frequency
    return place >= MIN_TERMS && postings > MAX_POSTINGS
  })
  return terms.slice(0, count < 0 ? terms.length : count).map(({ hash, weight }) => ({ id: hash, weight }))
}

/** One list keeps its scores; several are fused by rank, as their scores can't be compared. */
function fuse(orders: readonly (readonly string[])[], scored: ReadonlyMap<string, Scored>) {
  const [only] = orders
  if (orders.length <= 1) return (only ?? []).map((chunk) => ({ chunk, score: scored.get(chunk)?.score ?? 0 }))
  const sums = new Map<string, number>()
  for (const order of orders) {
    for (const [place, chunk] of order.entries()) sums.set(chunk, (sums.get(chunk) ?? 0) + 1 / (RRF_K + place + 1))
  }
  return [...sums].map(([chunk, score]) => ({ chunk, score })).sort((one, other) => other.score - one.score)
}

function judge(
  index: IndexFile,
  chunk: string,
  question: Question,
  text: string,
  statistics: Statistics,
  known: Scored | undefined,
): number {
  const entries = known === undefined ? index.entriesOf(chunk).flatMap((id) => index.entry(id) ?? []) : [known.entry]
  return Math.max(
    0,
    ...entries.map((entry) => {
      const score = scoreEntry(question, entry, statistics)
      return judgeAnswer(question.text, { score, text, senses: entry.senses }, statistics)
    }),
  )
}

function otherNames(text: string, index: IndexFile): string[] {
  const plain = normalize(text)
  return index.aliases().flatMap(([one, other]) => {
    const [hasOne, hasOther] = [plain.includes(one), plain.includes(other)]
    if (hasOne === hasOther) return []
    return hasOne ? [other] : [one]
  })
}
