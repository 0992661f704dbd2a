export type Row = readonly (string | number)[]

/** Columns of even width, the first to the left, numbers to the right. */
export function formatTable(head: readonly string[], rows: readonly Row[]): string {
  const cells = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))))
  const toLine = (row: readonly string[], isHead: boolean) =>
    row
      .map((cell, column) => {
        const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)))
        const isLeft = column === 0 || (!isHead && !/^[<>≤≥~]?-?[\d.,]+/.test(cell) && cell !== '-')
        return isLeft ? cell + blanks : blanks + cell
      })
      .join('  ')
      .trimEnd()
  const [first = [], ...rest] = cells
  const line = widths.map((width) => '-'.repeat(width)).join('  ')
  return [toLine(first, true), line, ...rest.map((row) => toLine(row, false))].join('\n')
}

/** Chinese characters take two places in a terminal. */
function widthOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (/[\u2e80-\uffdc]/.test(character) ? 2 : 1), 0)
}
