/** What is put into the index, and what comes out of it. Plain data: both cross to the thread that searches. */

export interface IndexDocument {
  id: string
  /** Raised with every change of the document. */
  version: number
  base: string
  /** Given back with every hit. */
  meta: string
  chunks: readonly IndexChunk[]
}

export interface IndexChunk {
  id: string
  /** `question`: an answer, found by the questions in `heads`; `text`: a piece of a document under its title and headings. */
  kind: 'question' | 'text'
  /** At least one. The first is shown. */
  heads: readonly string[]
  text: string
  vector?: IndexVector | undefined
}

export interface IndexVector {
  /** Vectors of different models can't be compared. */
  model: string
  numbers: Float32Array
}

export interface IndexQuery {
  /** More than one for the same thing in other words; the first is the customer's. */
  texts: readonly string[]
  /** Undefined: all. */
  bases?: readonly string[] | undefined
  limit: number
  /** The chunks that are near each of the texts by vector, best first, whoever has compared them. */
  near?: readonly (readonly string[])[] | undefined
  /** What is not to be used, for measuring. */
  without?: readonly SearchPart[] | undefined
}

export type SearchPart = 'everyday-words' | 'aliases' | 'vectors'

export interface IndexHit {
  chunk: string
  document: string
  kind: IndexChunk['kind']
  title: string
  text: string
  meta: string
  /** Comparable within one search. */
  score: number
  /** 0 to 1, comparable across searches: how much of the question this answers, and how surely it is meant. */
  confidence: number
}
