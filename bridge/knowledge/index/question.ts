/** A question, taken apart once for all the entries it is compared with. */
import { findSenses, isKindOfQuestion, strongestSenses } from '../find-senses.ts'
import { FUNCTION_CHARACTERS } from '../plain-words.ts'
import { normalize, toTerms } from '../tokenize.ts'
import { inverseFrequency, type Statistics } from './statistics.ts'

export interface Question {
  text: string
  /** Those that occur in the index, the rarest first. */
  terms: readonly WeightedTerm[]
  senses: readonly WeightedSense[]
}

export interface WeightedTerm {
  hash: number
  weight: number
  frequency: number
}

export interface WeightedSense {
  sense: number
  weight: number
}

/** Of a longer text the beginning and the end are taken: one greets, the other asks. */
const MAX_CHARS = 400
/** What an alias says is not what was said. */
const ALIAS_WEIGHT = 0.6
const KIND_WEIGHT = 0.35
/** In a small knowledge 有没有 may be rarer than what is asked about, and still says nothing of it. */
const FUNCTION_WEIGHT = 0.3

export function toQuestion(
  text: string,
  statistics: Statistics,
  { aliases = [], usesSenses = true }: { aliases?: readonly string[]; usesSenses?: boolean } = {},
): Question {
  const asked = text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS / 2)}\n${text.slice(-MAX_CHARS / 2)}` : text
  const weights = new Map<number, number>()
  const empty = new Set(
    toTerms([...normalize(asked)].map((char) => (FUNCTION_CHARACTERS.has(char) ? char : ' ')).join('')),
  )
  for (const hash of toTerms(asked)) weights.set(hash, empty.has(hash) ? FUNCTION_WEIGHT : 1)
  for (const hash of aliases.flatMap(toTerms)) {
    if (!weights.has(hash)) weights.set(hash, ALIAS_WEIGHT)
  }
  const terms: WeightedTerm[] = []
  for (const [hash, share] of weights) {
    const frequency = statistics.frequency.get(hash)
    if (frequency === undefined) continue
    terms.push({ hash, frequency, weight: share * inverseFrequency(statistics.entries, frequency) })
  }
  const senses: WeightedSense[] = []
  for (const [sense, weight] of usesSenses ? strongestSenses(findSenses(asked)) : []) {
    const rarity = inverseFrequency(statistics.questions, statistics.senses.get(sense) ?? 0)
    senses.push({ sense, weight: weight * rarity * (isKindOfQuestion(sense) ? KIND_WEIGHT : 1) })
  }
  return { text: asked, terms: terms.sort((one, other) => one.frequency - other.frequency), senses }
}
