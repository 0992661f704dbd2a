/** The markup that holds no text, taken out before anything is parsed; in one pass, however it is nested or left open. */
export interface StrippedMarkup {
  html: string
  /** What stood in style elements. */
  css: string
}

const DROPPED = /<!--|<(script|style|svg|noscript|template|iframe|object|canvas|math)\b/gi
const MAX_CSS = 200_000

/** Open to the end when they are never closed, as in a browser. Of the others such a beginning is left alone. */
const SWALLOWING = new Set(['script', 'style'])

export function stripMarkup(html: string): StrippedMarkup {
  const kept: string[] = []
  const unclosed = new Set<string>()
  let css = ''
  let from = 0
  DROPPED.lastIndex = 0
  for (let found = DROPPED.exec(html); found !== null; found = DROPPED.exec(html)) {
    const name = found[1]?.toLowerCase() ?? '!--'
    if (unclosed.has(name)) continue
    let end = name === '!--' ? endOfComment(html, found.index) : endOfElement(html, name, found.index)
    if (end === undefined && !SWALLOWING.has(name)) {
      // Looked for once: many that are never closed cost no more than one.
      unclosed.add(name)
      continue
    }
    end ??= html.length
    kept.push(html.slice(from, found.index), ' ')
    if (name === 'style' && css.length < MAX_CSS) {
      css += html.slice(html.indexOf('>', found.index) + 1, end).slice(0, MAX_CSS)
    }
    from = end
    DROPPED.lastIndex = end
  }
  kept.push(html.slice(from))
  return { html: kept.join(''), css }
}

function endOfComment(html: string, start: number): number {
  if (html.startsWith('<!-->', start)) return start + 5
  const end = html.indexOf('-->', start + 4)
  return end === -1 ? html.length : end + 3
}

/** Undefined when it is never closed. */
function endOfElement(html: string, name: string, start: number): number | undefined {
  const close = new RegExp(`</${name}\\s*>`, 'gi')
  close.lastIndex = start
  return close.exec(html) === null ? undefined : close.lastIndex
}
