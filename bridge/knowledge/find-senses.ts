/** What a text means to customer service, by the expressions of everyday-words.ts that it holds. */
import { EVERYDAY_WORDS } from './everyday-words.ts'
import { FUNCTION_CHARACTERS, PARTICLES } from './plain-words.ts'
import { normalize } from './tokenize.ts'

export interface FoundSense {
  /** The line of everyday-words.ts. */
  sense: number
  /** How much the expression says: less when it is one character, or open what is meant. */
  weight: number
  /** The characters it was found by, as places in the normalized text. */
  places: readonly number[]
}

interface Expression {
  head: string
  /** After a gap; '' without one. */
  tail: string
  sense: number
  weight: number
  /** With its particles, where it says too little without them: 怎么给 is no 怎么, and 有没有 no 没有给. */
  literal: RegExp | undefined
}

const GAP = '…'
const MAX_GAP = 6
const CLAUSE_END = /[，。！？；：,.!?;:\n“”"]/

const expressions = readExpressions()

/** Kinds of question (how long, how much …) come last in the list: they tell answers apart, and find none. */
const KINDS_OF_QUESTION = 5
export function isKindOfQuestion(sense: number): boolean {
  return sense >= EVERYDAY_WORDS.length - KINDS_OF_QUESTION
}

export function findSenses(text: string): FoundSense[] {
  const chars = normalize(text).split('')
  const found: FoundSense[] = []
  let clause: number[] = []
  for (let place = 0; place <= chars.length; place += 1) {
    const char = chars[place]
    if (char === undefined || CLAUSE_END.test(char)) {
      found.push(...findInClause(clause, chars))
      clause = []
    } else if (!PARTICLES.has(char) && char.trim() !== '') clause.push(place)
  }
  return found
}

/** Each sense once, by its best expression. */
export function strongestSenses(found: readonly FoundSense[]): Map<number, number> {
  const strongest = new Map<number, number>()
  for (const { sense, weight } of found) strongest.set(sense, Math.max(weight, strongest.get(sense) ?? 0))
  return strongest
}

interface Match extends Expression {
  start: number
  /** Of the tail, or of the head without one. */
  end: number
  tailAt: number
}

function findInClause(clause: readonly number[], chars: readonly string[]): FoundSense[] {
  const text = clause.map((place) => chars[place]).join('')
  const matches: Match[] = []
  for (let start = 0; start < text.length; start += 1) {
    const begin = text.slice(start, start + 2)
    const candidates = expressions.get(begin) ?? NONE
    const shortest = begin.length === 2 ? (expressions.get(text.charAt(start)) ?? NONE) : NONE
    for (const expression of shortest.length === 0 ? candidates : [...candidates, ...shortest]) {
      const { head, tail } = expression
      if (!text.startsWith(head, start)) continue
      const headEnd = start + head.length
      const tailAt = tail === '' ? headEnd : text.indexOf(tail, headEnd)
      if (tailAt < 0 || tailAt > headEnd + MAX_GAP) continue
      const match = { ...expression, start, tailAt, end: tailAt + tail.length }
      if (isAsWritten(match, clause, chars)) matches.push(match)
    }
  }
  // 换货 is not also 换: what lies within a longer expression is not one of its own.
  const isWithin = (inner: Match) =>
    inner.tail === '' &&
    matches.some(
      (outer) =>
        outer.tail === '' &&
        outer.start <= inner.start &&
        outer.end >= inner.end &&
        outer.head.length > inner.head.length,
    )
  return matches
    .filter((match) => !isWithin(match))
    .map(({ sense, weight, start, head, tailAt, end }) => ({
      sense,
      weight,
      places: [...clause.slice(start, start + head.length), ...clause.slice(tailAt, end)],
    }))
}

function isAsWritten({ literal, start, end }: Match, clause: readonly number[], chars: readonly string[]): boolean {
  if (literal === undefined) return true
  const [first = 0, last = 0] = [clause[start], clause[end - 1]]
  const [from, to] = [clause[start - 1] ?? first - MAX_GAP, clause[end] ?? last + MAX_GAP]
  return literal.test(chars.slice(Math.max(0, from + 1), to).join(''))
}

const NONE: readonly Expression[] = []

function withoutParticles(text: string): string {
  return [...normalize(text)].filter((char) => !PARTICLES.has(char)).join('')
}

/** By their first two characters, or the only one. */
function readExpressions(): ReadonlyMap<string, readonly Expression[]> {
  const lines = EVERYDAY_WORDS.map((line) => {
    const written = line.split(' ').map(normalize)
    return new Set(
      written.map((text) =>
        isBare(text) && !written.includes(withoutParticles(text)) ? text : withoutParticles(text),
      ),
    )
  })
  const senses = new Map<string, number>()
  for (const expression of lines.flatMap((line) => [...line])) {
    senses.set(expression, (senses.get(expression) ?? 0) + 1)
  }
  const byStart = new Map<string, Expression[]>()
  for (const [sense, line] of lines.entries()) {
    for (const expression of line) {
      const [head = '', tail = ''] = withoutParticles(expression).split(GAP)
      if (head === '') continue
      const weight = lengthWeight(head.length + tail.length) / Math.sqrt(senses.get(expression) ?? 1)
      const literal = isBare(expression) ? new RegExp(expression.replace(GAP, `.{0,${MAX_GAP}}`)) : undefined
      const start = head.slice(0, 2)
      byStart.set(start, [...(byStart.get(start) ?? []), { head, tail, sense, weight, literal }])
    }
  }
  return byStart
}

/** Without its particles it is one character, or half of what it was, or says nothing about anything. */
function isBare(expression: string): boolean {
  const left = withoutParticles(expression)
  const lost = expression.length - left.length
  const letters = [...left.replace(GAP, '')]
  if (lost === 0) return false
  return letters.length === 1 || letters.length <= lost || letters.every((char) => FUNCTION_CHARACTERS.has(char))
}

function lengthWeight(length: number): number {
  if (length === 1) return 0.5
  return length === 2 ? 1 : 1.3
}
