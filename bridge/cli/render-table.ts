/** Columns for a terminal, aligned also where Chinese and Latin letters mix. A cell is one line. */
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

const segmenter = new Intl.Segmenter()
const WIDE =
  /^(\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])/u

/** In columns: those of East Asian scripts and emoji take two. https://www.unicode.org/reports/tr11/ */
function displayWidth(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}
