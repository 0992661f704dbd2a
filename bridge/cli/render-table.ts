/** Columns for a terminal, aligned also where Chinese and Latin letters mix. A cell is one line. */
import { displayWidth } from './display-width.ts'
import { printable } from './printable.ts'

const GAP = '  '

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => printable(cell).replace(/\s+/g, ' ')))
  const widths = head.map((_, column) => Math.max(...lines.map((line) => displayWidth(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}
