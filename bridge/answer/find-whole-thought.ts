/**
 * Where the beginning of an answer that is still being written can be cut off and sent: after a paragraph, a line or a sentence, never
 * inside of code, a table, a list item's lines or an open mark, so that each piece turns into WeChat's text by itself.
 */
export interface ThoughtOptions {
  /** Characters before the cut, at least: a short answer is not taken apart. */
  minChars: number
  /** Characters that are known to follow, at least: the rest is worth a message of its own. */
  restChars: number
}

const fence = /^\s*(?:>\s*)*(?:`{3,}|~{3,})/
const sentenceEnd = /[。！？；…]+[”’」』）)】》]*|[.!?](?=\s)/gu

/** An index into `markdown`; undefined while there is no good cut. Of several the best kind is taken, the later one of two equals. */
export function findWholeThought(markdown: string, { minChars, restChars }: ThoughtOptions): number | undefined {
  const latest = markdown.length - restChars
  if (latest < minChars) return undefined
  const best: (number | undefined)[] = []
  const consider = (at: number, kind: number) => {
    if (at >= minChars && at <= latest) best[kind] = at
  }
  const lines = markdown.split('\n')
  let start = 0
  let isInFence = false
  for (const [index, line] of lines.entries()) {
    const end = start + line.length + 1
    if (fence.test(line)) isInFence = !isInFence
    const next = lines[index + 1]
    if (!isInFence && !line.includes('|')) {
      const isLineCut = next !== undefined && !next.includes('|') && !/^\s+\S/.test(next)
      if (isLineCut) consider(end, line.trim() === '' || next.trim() === '' ? 0 : 1)
      for (const { 0: mark, index: at } of line.matchAll(sentenceEnd)) {
        const cut = at + mark.length
        if (isClosed(line.slice(0, cut))) consider(start + cut, 2)
      }
    }
    start = end
  }
  return best.find((at) => at !== undefined)
}

/** No emphasis, code, link or quotation is open at the end of it. */
function isClosed(text: string): boolean {
  const count = (sign: string) => text.split(sign).length - 1
  return (
    count('**') % 2 === 0 &&
    count('`') % 2 === 0 &&
    count('~~') % 2 === 0 &&
    count('__') % 2 === 0 &&
    count('[') === count(']') &&
    count('(') <= count(')') &&
    count('（') <= count('）') &&
    count('“') <= count('”') &&
    count('「') <= count('」') &&
    count('《') <= count('》')
  )
}
