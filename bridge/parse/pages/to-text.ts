import { isElement, type PageNode, TEXT } from './page-node.ts'
import { walk } from './walk.ts'

const BLOCKS = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CAPTION DD DETAILS DIV DL DT FIGCAPTION FIGURE FIELDSET FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION SUMMARY TABLE TBODY TFOOT THEAD TR UL'.split(
    ' ',
  ),
)
const CELLS = new Set(['TD', 'TH'])
/** Nothing in them is the page's text. */
const SILENT = new Set(
  'AUDIO BUTTON CANVAS DATALIST EMBED HEAD IFRAME MATH NOSCRIPT OBJECT SCRIPT SELECT STYLE SVG TEMPLATE TEXTAREA TITLE VIDEO'.split(
    ' ',
  ),
)

export interface TextOptions {
  /** Elements that are passed over, beside those that never hold text. */
  isSkipped?: (node: PageNode) => boolean
}

/** The readable text of a tree: a line per block, a line per table row with ` | ` between its cells, `- ` before list items. */
export function toText(root: PageNode, { isSkipped = () => false }: TextOptions = {}): string {
  const out: string[] = []
  /** At the start of a line; blanks are not wanted there. */
  let isFresh = true
  const breakLine = () => {
    if (!isFresh) out.push('\n')
    isFresh = true
  }
  const write = (text: string) => {
    const words = text.replace(/\s+/g, ' ')
    const line = isFresh ? words.trimStart() : words
    if (line === '') return
    out.push(line)
    isFresh = false
  }
  walk(root, {
    enter(node) {
      if (node.nodeType === TEXT && !isBetweenCells(node)) write(node.textContent ?? '')
      if (!isElement(node)) return false
      const name = node.nodeName.toUpperCase()
      if (SILENT.has(name) || isSkipped(node)) return false
      if (name === 'BR') breakLine()
      if (CELLS.has(name)) {
        if (!isFresh) out.push(' | ')
        return writeCell(node)
      }
      if (BLOCKS.has(name)) breakLine()
      if (/^H[1-6]$/.test(name)) out.push('\n')
      if (name === 'LI') out.push('- ')
      return true
    },
    leave(node) {
      const name = node.nodeName.toUpperCase()
      if (BLOCKS.has(name) && !CELLS.has(name)) breakLine()
    },
  })
  return out.join('')

  /** A cell is one piece of its row's line; one with a table of its own is laid open. */
  function writeCell(cell: PageNode): boolean {
    let hasTable = false
    let size = 0
    walk(cell, {
      enter(node) {
        hasTable ||= node.nodeName.toUpperCase() === 'TABLE'
        size += 1
        return !hasTable
      },
    })
    if (hasTable || size > 2_000) return true
    const text = toText(cell, { isSkipped }).replace(/\s+/g, ' ').trim()
    if (text !== '') {
      out.push(text)
      isFresh = false
    }
    return false
  }
}

/** Blanks that only lay out the markup. */
function isBetweenCells({ parentNode, textContent }: PageNode): boolean {
  return parentNode?.nodeName.toUpperCase() === 'TR' && (textContent ?? '').trim() === ''
}
