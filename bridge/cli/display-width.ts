const segmenter = new Intl.Segmenter()
const WIDE =
  /^(\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])/u

/** In columns: those of East Asian scripts and emoji take two. https://www.unicode.org/reports/tr11/ */
export function displayWidth(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** Stand at the end of a line, one over its width if need be. */
const CLOSING = /^[，。、：；！？）》”,.:;!?)]$/u

/** Lines of at most so many columns, and a mark that ends a word; words stay whole where they fit. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const { segment } of new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)) {
    for (const piece of displayWidth(segment) > columns ? [...segment] : [segment]) {
      if (displayWidth(line + piece) > columns && line.trim() !== '' && !CLOSING.test(piece)) {
        lines.push(line.trimEnd())
        line = piece.trimStart()
      } else line += piece
    }
  }
  return [...lines, line.trimEnd()]
}
