/**
 * Columns for a terminal, aligned also where Chinese and Latin letters mix. A cell is one line, unless the terminal is too narrow for the
 * table: then the widest columns give way, and their cells go on below. Not on a terminal: one line a row, for grep.
 */
import { displayWidth, wrapText } from './display-width.ts'
import { printable } from './printable.ts'

const GAP = '  '
/** What prose can still be read in. */
const MIN_COLUMN = 12
/** What has no spaces, such as an id, stays whole up to here, so that it can be copied. */
const MAX_WHOLE = 40
/** Up to this share of the line the first column, which says what a row is about, stays as it is. */
const FIRST_SHARE = 0.6

export interface TableOptions {
  /** The width to fit; the terminal's by default, and without one as wide as the table needs. */
  columns?: number | undefined
}

export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns = process.stdout.columns }: TableOptions = {},
): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => printable(cell).replace(/\s+/g, ' ')))
  const natural = head.map((_, column) => Math.max(...lines.map((line) => displayWidth(line[column] ?? ''))))
  const least = natural.map((width, column) => {
    if (column === 0 && width <= FIRST_SHARE * (columns ?? 0)) return width
    const words = lines.flatMap((line) => (line[column] ?? '').match(/[!-~]+/g) ?? [])
    return Math.min(width, Math.max(MIN_COLUMN, ...words.map(({ length }) => Math.min(length, MAX_WHOLE) + 1)))
  })
  const widths = toWidths(natural, least, (columns ?? Number.POSITIVE_INFINITY) - GAP.length * (head.length - 1))
  return lines.flatMap((line) => toLines(line, widths, natural)).join('\n')
}

function toLines(cells: readonly string[], widths: readonly number[], natural: readonly number[]): string[] {
  const wrapped = cells.map((cell, column) => {
    const width = widths[column] ?? 0
    // One column is left for a mark that stands at the end of a full line.
    return width < (natural[column] ?? 0) ? wrapText(cell, width - 1) : [cell]
  })
  return Array.from({ length: Math.max(...wrapped.map(({ length }) => length)) }, (_, row) =>
    wrapped
      .map((pieces, column) => {
        const piece = pieces[row] ?? ''
        return piece + ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(piece)))
      })
      .join(GAP)
      .trimEnd(),
  )
}

/** Takes from the widest until all have room; as they are when that can't be: then the terminal breaks the lines. */
function toWidths(natural: readonly number[], least: readonly number[], room: number): readonly number[] {
  for (let limit = Math.max(...natural); limit >= MIN_COLUMN; limit -= 1) {
    const widths = natural.map((width, column) => Math.max(least[column] ?? 0, Math.min(width, limit)))
    if (widths.reduce((sum, width) => sum + width, 0) <= room) return widths
  }
  return natural
}
