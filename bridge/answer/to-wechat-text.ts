/**
 * Markdown as models write it → text as WeChat shows it, which knows no markup. Nothing that carries meaning is lost: `5*6*7`,
 * a masked `138****8000`, snake_case, list numbers and the addresses of links stay; images go, having no text.
 *
 * Works line by line. Code keeps every character; so does a URL.
 */
import { inlineToText, withoutMarks } from './inline-to-text.ts'

const fence = /^\s*(?:>\s*)*(`{3,}|~{3,})\s*(?:[a-z][\w+#.-]*(?:\s[^`]*)?)?$/i
const rule = /^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,})$/
const heading = /^\s{0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$/
const bullet = /^(\s*)[-*+•]\s+(?:\[([ xX])\]\s+)?(.*)$/
const numbered = /^(\s*)(\d{1,9})[.)]\s+(.*)$/
const definition = /^\s{0,3}\[([^\]^]{1,100})\]:\s*<?(https?:\/\/[^\s>]+)>?(?:\s+["'(].*)?$/
// Only before a space: `>500 元包邮` is no quotation.
const quote = /^\s{0,3}(?:>+(?:\s+|$))+/
const tableRule = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/

export function toWechatText(markdown: string): string {
  const lines = markdown
    .replace(/\r\n?/g, '\n')
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .split('\n')
  const references = new Map<string, string>()
  for (const line of lines) {
    const [, name, url] = definition.exec(line) ?? []
    if (name !== undefined && url !== undefined) references.set(name.toLowerCase(), url)
  }
  const toText = (text: string) => inlineToText(text, references)

  const out: string[] = []
  const indents: number[] = []
  let openFence = ''
  let head: string[] | undefined

  for (const [index, rawLine] of lines.entries()) {
    const mark = fence.exec(rawLine)?.[1]
    if (openFence !== '') {
      if (mark?.startsWith(openFence)) openFence = ''
      else out.push(withoutMarks(rawLine))
      continue
    }
    if (mark !== undefined) {
      openFence = mark
      continue
    }

    const line = rawLine.replace(quote, '')
    if (head !== undefined && isTableRow(line)) {
      if (!tableRule.test(line)) out.push(rowToText(toCells(line), head, toText))
      continue
    }
    head = undefined
    if (isTableRow(line) && tableRule.test(lines[index + 1] ?? '') && (lines[index + 1] ?? '').includes('-')) {
      head = toCells(line).map(toText)
      continue
    }
    if (rule.test(line) || definition.test(line)) {
      out.push('')
      continue
    }
    out.push(blockToText(line, indents, toText))
  }
  return out
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\s+$/g, '')
}

/** `indents`: of the list items that the line is inside of, outermost first. Changed in place. */
function blockToText(line: string, indents: number[], toText: (text: string) => string): string {
  const [, title] = heading.exec(line) ?? []
  if (title !== undefined) {
    indents.length = 0
    return toText(title)
  }
  const [, indent, box, item] = bullet.exec(line) ?? []
  if (indent !== undefined && item !== undefined) {
    const sign = box === undefined ? '·' : box === ' ' ? '☐' : '☑'
    return `${nest(indent, indents)}${sign} ${toText(item)}`
  }
  const [, numberIndent, number, numberedItem] = numbered.exec(line) ?? []
  if (numberIndent !== undefined && numberedItem !== undefined) {
    return `${nest(numberIndent, indents)}${number}. ${toText(numberedItem)}`
  }
  if (line.trim() === '') return ''
  // A line that goes on within a list item stays under it; any other ends the list.
  if (!/^\s/.test(line)) indents.length = 0
  return '  '.repeat(Math.max(0, indents.length - 1)) + toText(line.trim())
}

function nest(indent: string, indents: number[]): string {
  const width = indent.replaceAll('\t', '    ').length
  while (indents.length > 0 && (indents.at(-1) ?? 0) >= width) indents.pop()
  indents.push(width)
  return '  '.repeat(indents.length - 1)
}

function isTableRow(line: string): boolean {
  return line.includes('|') && line.trim() !== '|'
}

function toCells(line: string): string[] {
  const inner = line.trim().replace(/^\||(?<!\\)\|$/g, '')
  return inner.split(/(?<!\\)\|/).map((cell) => cell.replaceAll('\\|', '|').trim())
}

/** `型号：A1；价格：99 元`; a cell without a heading stands alone, an empty one is left out. */
function rowToText(cells: string[], head: string[], toText: (text: string) => string): string {
  return cells
    .map((cell, column) => [head[column] ?? '', toText(cell).replace(/\s*\n\s*/g, ' ')] as const)
    .filter(([, cell]) => cell !== '')
    .map(([name, cell]) => (name === '' ? cell : `${name}：${cell}`))
    .join('；')
}
