/**
 * Cuts a document into chunks that each say something by themselves: whole sentences, never across a heading, with the headings they
 * stand under. A table keeps its first line in every piece.
 */
export interface TextChunk {
  /** Those it stands under, outermost first, joined by ' > '; '' when there is none. */
  heading: string
  text: string
}

export interface SplitOptions {
  /** Default 500. A single sentence that is longer is cut. */
  maxChars?: number
}

const MARKDOWN_HEADING = /^(#{1,6})\s+(.+?)\s*#*$/
/** 第三章 …, 一、…, 3.2 …: short, and without a full stop at the end. */
const CHINESE_HEADING =
  /^(第[一二三四五六七八九十百零\d]+[章节条篇部分]|[一二三四五六七八九十]+、|\d+(\.\d+)+\s)\s*[^。！？；]{0,40}$/
const SENTENCE = /[^。！？；!?;\n]*(?:[。！？；!?;]+["”』」）)]*|\n|$)/g
const ROW = / \| /

export function splitText(text: string, { maxChars = 500 }: SplitOptions = {}): TextChunk[] {
  const chunks: TextChunk[] = []
  const headings: { level: number; title: string }[] = []
  let lines: string[] = []
  const flush = () => {
    const heading = headings.map(({ title }) => title).join(' > ')
    for (const piece of packSentences(lines, maxChars)) chunks.push({ heading, text: piece })
    lines = []
  }
  for (const line of text.split('\n')) {
    const heading = toHeading(line.trim())
    if (heading === undefined) {
      lines.push(line)
      continue
    }
    flush()
    while ((headings.at(-1)?.level ?? 0) >= heading.level) headings.pop()
    headings.push(heading)
  }
  flush()
  return chunks
}

function toHeading(line: string): { level: number; title: string } | undefined {
  const markdown = MARKDOWN_HEADING.exec(line)
  if (markdown !== null) return { level: markdown[1]?.length ?? 1, title: markdown[2] ?? '' }
  if (!CHINESE_HEADING.test(line)) return undefined
  if (line.startsWith('第')) return { level: /^第[^章篇部]+[节条]/.test(line) ? 8 : 7, title: line }
  return { level: /^\d/.test(line) ? 9 + line.split('.').length : 9, title: line }
}

function packSentences(lines: readonly string[], maxChars: number): string[] {
  const isTable = lines.filter((line) => ROW.test(line)).length > lines.length / 2 && lines.length > 2
  const head = isTable ? (lines.find((line) => ROW.test(line)) ?? '') : ''
  const units = isTable
    ? lines.map((line) => `${line}\n`)
    : [...lines.join('\n').matchAll(SENTENCE)].map(([unit]) => unit)
  const pieces: string[] = []
  let piece = ''
  const flush = () => {
    if (piece.trim() !== '' && piece.trim() !== head.trim()) pieces.push(piece.trim())
    piece = ''
  }
  for (const unit of units.flatMap((whole) => cutLong(whole, maxChars))) {
    if (piece.length + unit.length > maxChars) {
      flush()
      if (isTable && unit.trim() !== head.trim() && head.length < maxChars / 2) piece = `${head}\n`
    }
    piece += unit
  }
  flush()
  return pieces
}

/** A sentence without end, at a comma if there is one. */
function cutLong(unit: string, maxChars: number): string[] {
  const pieces: string[] = []
  let rest = unit
  while (rest.length > maxChars) {
    const comma = Math.max(rest.lastIndexOf('，', maxChars - 1), rest.lastIndexOf(',', maxChars - 1))
    let at = comma > maxChars / 2 ? comma + 1 : maxChars
    // Not between the halves of a character.
    if (/[\uD800-\uDBFF]/.test(rest.charAt(at - 1))) at -= 1
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return rest === '' ? pieces : [...pieces, rest]
}
