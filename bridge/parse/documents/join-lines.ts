/** Lines of a page as they were set, put together again into the paragraphs they were before. */
export interface PageLine {
  text: string
  /** Points from the page's left edge. */
  left: number
  right: number
  /** Points from the page's bottom. */
  baseline: number
  /** Of the letters, in points. */
  size: number
}

const endsOpen = /[\p{Script=Han}，、；：]$/u
const goesOn = /^[\p{Script=Han}，、。；：！？”）》】]/u

/**
 * A line goes on in the next one when both are Chinese and it reaches the right edge of its column: 工作 + 日 is 工作日, but a heading
 * that ends early stays alone. Lines of other scripts stay as they are.
 */
export function joinLines(lines: readonly PageLine[]): string {
  const out: string[] = []
  for (const [index, line] of lines.entries()) {
    const last = lines[index - 1]
    out.push(last === undefined ? '' : isSameParagraph(last, line, lines, index) ? '' : '\n', line.text)
  }
  return out.join('')
}

/** Lines that are looked at on each side to find the edge of a column. */
const NEIGHBOURS = 40

function isSameParagraph(last: PageLine, line: PageLine, lines: readonly PageLine[], index: number): boolean {
  if (!endsOpen.test(last.text) || !goesOn.test(line.text)) return false
  const { size } = line
  if (Math.abs(last.size - size) > size * 0.15) return false
  const gap = last.baseline - line.baseline
  if (gap <= 0 || gap > size * 2.6) return false
  // The first line of a paragraph may be set in by two characters.
  const isInColumn = (other: PageLine) => Math.abs(other.left - line.left) <= size * 2.5
  if (!isInColumn(last)) return false
  const near = lines.slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS).filter(isInColumn)
  const edge = Math.max(...near.map((other) => other.right))
  return last.right >= edge - size * 1.6
}
