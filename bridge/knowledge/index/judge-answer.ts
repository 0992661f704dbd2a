/**
 * How sure it is that an entry answers a question, from 0 to 1 and comparable across searches. A high score alone says little: a question about
 * something else altogether may share its every other word. So what counts as well is how much of the question has a
 * counterpart in the entry; what has none is what was asked for, and is not there.
 */
import { type FoundSense, findSenses, isKindOfQuestion } from '../find-senses.ts'
import { EMPTY_WORDS, FUNCTION_CHARACTERS } from '../plain-words.ts'
import { normalize } from '../tokenize.ts'
import { inverseFrequency, type Statistics } from './statistics.ts'

export interface JudgedEntry {
  score: number
  /** Title and text. */
  text: string
  senses: ReadonlyMap<number, number>
}

/** The strength at which it is even: half of them are right there. Chosen by cross-validation, see docs/knowledge.md. */
const EVEN = 8.5

export function judgeAnswer(question: string, entry: JudgedEntry, statistics: Statistics): number {
  // What a word can say at most grows with the size of the knowledge; how sure an answer is does not.
  const most = inverseFrequency(statistics.entries, 1)
  const strength = (entry.score / most) * shareCovered(question, entry)
  return strength / (strength + EVEN)
}

const LETTER = /[\p{L}\p{N}]/u
/** A sense that the entry has not, but that is the business of a customer service. */
const OTHER_SENSE = 0.5

function shareCovered(question: string, entry: JudgedEntry): number {
  const text = normalize(question)
  const state = markEmpty(text)
  markSenses(state, findSenses(question), entry.senses)
  markPairs(state, text, normalize(entry.text))
  let [covered, open] = [0, 0.01]
  for (const mark of state) {
    if (mark === 'covered') covered += 1
    else if (mark === 'open') open += 1
    else if (mark === 'other') open += OTHER_SENSE
  }
  return covered / (covered + open)
}

type Mark = 'empty' | 'open' | 'other' | 'covered'

function markEmpty(text: string): Mark[] {
  const state = text
    .split('')
    .map((char): Mark => (FUNCTION_CHARACTERS.has(char) || !LETTER.test(char) ? 'empty' : 'open'))
  for (const word of EMPTY_WORDS) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      state.fill('empty', at, at + word.length)
    }
  }
  return state
}

function markSenses(state: Mark[], found: readonly FoundSense[], senses: ReadonlyMap<number, number>): void {
  for (const { sense, places } of found) {
    const isShared = (senses.get(sense) ?? 0) > 0
    for (const place of places) {
      // How it is asked needs no counterpart, and is none: where, how much and what for is asked of everything.
      if (isKindOfQuestion(sense)) state[place] = state[place] === 'open' ? 'empty' : (state[place] ?? 'empty')
      else if (isShared) state[place] = 'covered'
      else if (state[place] === 'open') state[place] = 'other'
    }
  }
}

/** Two characters in a row that the entry holds as well. */
function markPairs(state: Mark[], text: string, entry: string): void {
  for (let place = 0; place + 1 < text.length; place += 1) {
    if (!LETTER.test(text.charAt(place)) || !LETTER.test(text.charAt(place + 1))) continue
    if (!entry.includes(text.slice(place, place + 2))) continue
    for (const at of [place, place + 1]) if (state[at] !== 'empty') state[at] = 'covered'
  }
}
