/**
 * Cuts a reply into the few messages that WeChat takes: each at most `maxBytes` of UTF-8, cut where a reader would pause, never
 * inside a URL or a character as people see it (an emoji of several code points is one).
 *
 * Parts are filled as far as is sensible, because only five may be sent per customer message. What does not fit into
 * `maxParts` is left out, and the last part ends with ……
 */
export interface SplitOptions {
  /** At least 32; of the platform `MAX_TEXT_BYTES`. */
  maxBytes: number
  /** At least 1. */
  maxParts: number
}

/** Of one message, in UTF-8: https://developer.work.weixin.qq.com/document/path/94677 */
export const MAX_TEXT_BYTES = 2048

/** Smallest text that is never cut, with the quality of a cut after it. */
interface Atom {
  text: string
  bytes: number
  /** 0 blank line, 1 line, 2 sentence, 3 clause, 4 word, 5 anything. */
  cutAfter: number
}

const omission = '……'
const url = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"“”‘’\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+/giu
const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' })

/** An empty list for a blank text. The parts are trimmed and never blank. */
export function splitReply(text: string, { maxBytes, maxParts }: SplitOptions): string[] {
  const whole = text.toWellFormed().trim()
  if (whole === '') return []
  if (Buffer.byteLength(whole) <= maxBytes) return [whole]
  const atoms = toAtoms(whole, maxBytes)
  // First with parts that may end early at a good place, then ever fuller ones, as long as there are too many.
  for (const minFill of [0.4, 0.7, 0.95]) {
    const parts = pack(atoms, maxBytes, minFill)
    if (parts.length <= maxParts) return parts
  }
  return packWithOmission(atoms, maxBytes, maxParts)
}

function pack(atoms: readonly Atom[], maxBytes: number, minFill: number): string[] {
  const parts: string[] = []
  for (let from = 0; from < atoms.length; ) {
    const to = findCut(atoms, from, maxBytes, minFill)
    const part = join(atoms, from, to)
    if (part !== '') parts.push(part)
    from = to
  }
  return parts
}

/** Only for what `pack` needs more than `maxParts` for: then there is always something left out. */
function packWithOmission(atoms: readonly Atom[], maxBytes: number, maxParts: number): string[] {
  const parts: string[] = []
  let from = 0
  while (parts.length < maxParts - 1) {
    const to = findCut(atoms, from, maxBytes, 0.7)
    const part = join(atoms, from, to)
    if (part !== '') parts.push(part)
    from = to
  }
  const to = findCut(atoms, from, maxBytes - Buffer.byteLength(omission), 0.7)
  return [...parts, `${join(atoms, from, to)}${omission}`]
}

/** The end of the part that begins at `from`: the best kind of cut that fills at least `minFill` of it, as late as possible. */
function findCut(atoms: readonly Atom[], from: number, maxBytes: number, minFill: number): number {
  const cuts: (number | undefined)[] = []
  let bytes = 0
  let blankBytes = 0
  let to = from
  for (; to < atoms.length; to += 1) {
    const atom = atoms[to]
    if (atom === undefined) break
    const isBlank = atom.text.trim() === ''
    // Blanks at either end of a part are trimmed, so they need no room there.
    if (bytes === 0 && isBlank) continue
    if (!isBlank && bytes + blankBytes + atom.bytes > maxBytes) break
    if (isBlank) blankBytes += atom.bytes
    else {
      bytes += blankBytes + atom.bytes
      blankBytes = 0
    }
    if (bytes >= maxBytes * minFill) cuts[atom.cutAfter] = to + 1
  }
  if (to === atoms.length) return to
  return cuts.find((cut) => cut !== undefined) ?? Math.max(to, from + 1)
}

function join(atoms: readonly Atom[], from: number, to: number): string {
  return atoms
    .slice(from, to)
    .map(({ text }) => text)
    .join('')
    .trim()
}

function toAtoms(text: string, maxBytes: number): Atom[] {
  const pieces: string[] = []
  let at = 0
  for (const { 0: address, index } of text.matchAll(url)) {
    pieces.push(...toGraphemes(text.slice(at, index), maxBytes), ...cutToFit(address, maxBytes))
    at = index + address.length
  }
  pieces.push(...toGraphemes(text.slice(at), maxBytes))
  return pieces.map((piece, index) => ({
    text: piece,
    bytes: Buffer.byteLength(piece),
    cutAfter: rateCut(pieces, index),
  }))
}

function toGraphemes(text: string, maxBytes: number): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment).flatMap((segment) => cutToFit(segment, maxBytes))
}

/** What alone is larger than a part, such as an endless URL, has to be cut somewhere: between code points. */
function cutToFit(piece: string, maxBytes: number): string[] {
  return Buffer.byteLength(piece) <= maxBytes - Buffer.byteLength(omission) ? [piece] : [...piece]
}

function rateCut(pieces: readonly string[], index: number): number {
  const piece = pieces[index] ?? ''
  const next = pieces[index + 1] ?? ''
  if (isLineFeed(piece)) return isLineFeed(next) || isLineFeed(pieces[index - 1] ?? '') ? 0 : 1
  // A closing quote or bracket belongs to the sentence before it.
  if (/^[”’」』）)】》]$/u.test(next)) return 5
  const end = /^[”’」』）)】》]$/u.test(piece) ? (pieces[index - 1] ?? '') : piece
  if (/^[。！？；…]$/u.test(end) && !/^[。！？；…]$/u.test(next)) return 2
  const isSpaceNext = next === '' || /^\s/u.test(next)
  if (/^[.!?;]$/u.test(end) && isSpaceNext) return 2
  if (/^[，、：]$/u.test(end) || (/^[,:]$/u.test(end) && isSpaceNext)) return 3
  return /^\s$/u.test(piece) ? 4 : 5
}

function isLineFeed(piece: string): boolean {
  return piece === '\n' || piece === '\r\n'
}
