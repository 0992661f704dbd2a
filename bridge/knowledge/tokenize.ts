/**
 * What a text is found by: its words as ICU cuts them, its characters, and its pairs of characters, which together find Chinese
 * better than any one of them, and need no dictionary to load.
 */
const words = new Intl.Segmenter('zh', { granularity: 'word' })
const RUN = /[\p{L}\p{N}]+/gu

/** Lower case, full-width letters and look-alikes as plain ones. For looking up, not for showing. */
export function normalize(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/**
 * The terms of a text as numbers, in order and with repetitions: FNV-1a in 32 bits over a letter for the kind (`w` word, `c` character,
 * `b` pair) and the term. Two terms of a knowledge share a number about never; if they do, a score is a little off.
 */
export function toTerms(text: string): number[] {
  const plain = normalize(text)
  const terms: number[] = []
  for (const { segment, isWordLike } of words.segment(plain)) if (isWordLike) terms.push(addText(WORD, segment))
  for (const [run] of plain.matchAll(RUN)) {
    let previous = ''
    for (const char of run) {
      terms.push(addText(CHARACTER, char))
      if (previous !== '') terms.push(addText(addText(PAIR, previous), char))
      previous = char
    }
  }
  return terms
}

function addText(hash: number, text: string): number {
  let sum = hash
  for (let index = 0; index < text.length; index += 1) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return sum
}

const BASIS = 0x811c9dc5
const [WORD, CHARACTER, PAIR] = [addText(BASIS, 'w'), addText(BASIS, 'c'), addText(BASIS, 'b')]
