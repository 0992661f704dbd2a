/**
 * Takes out of a page what a person looking at it doesn't see: there, instructions to a model are hidden. Inline styles, attributes
 * and the page's own simple style rules are looked at; what only a browser could compute, such as white on white through
 * several rules, is not found.
 */
import { isElement, type PageElement, type PageNode } from './page-node.ts'
import { walk } from './walk.ts'

const HIDING =
  /(?:^|[;{\s"])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden|opacity\s*:\s*0*\.?0*\s*(?:;|!|$)|font-size\s*:\s*0*\.?0*(?:px|em|rem|pt|%)?\s*(?:;|!|$)|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)|clip-path\s*:\s*inset\((?:50|100)%|clip\s*:\s*rect\((?:0|1px)|(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}|transform\s*:\s*scale\(0|color\s*:\s*transparent)/i

/** White letters on nothing said, or on white. */
const WHITE = /(?:^|[;\s])color\s*:\s*(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255)/i
const BACKGROUND = /background/i

export interface HiddenStyles {
  classes: ReadonlySet<string>
  ids: ReadonlySet<string>
}

/** Elements that are kept although they hide: scripts show them. */
export function removeHidden(root: PageNode, styles: HiddenStyles, isKept: (element: PageElement) => boolean): void {
  walk(root, {
    enter(node) {
      if (!isElement(node)) return false
      if (!isHidden(node, styles) || isKept(node)) return true
      node.remove()
      return false
    },
  })
}

function isHidden(element: PageElement, { classes, ids }: HiddenStyles): boolean {
  if (element.hasAttribute('hidden')) return true
  const name = element.nodeName.toUpperCase()
  if (name === 'TEMPLATE' || (name === 'INPUT' && element.getAttribute('type') === 'hidden')) return true
  const style = element.getAttribute('style')?.slice(0, 2_000) ?? ''
  if (style !== '' && (HIDING.test(style) || (WHITE.test(style) && !isPainted(element)))) return true
  if (ids.has(element.getAttribute('id') ?? '')) return true
  const className = element.getAttribute('class') ?? ''
  return className !== '' && className.split(/\s+/).some((one) => classes.has(one))
}

const MAX_ANCESTORS = 12

/** White letters are fine on a box of another colour. */
function isPainted(element: PageElement): boolean {
  let node: PageNode | null = element
  for (let up = 0; up < MAX_ANCESTORS && node !== null && isElement(node); up += 1) {
    if (BACKGROUND.test(node.getAttribute('style')?.slice(0, 2_000) ?? '') || node.hasAttribute('bgcolor')) return true
    node = node.parentNode
  }
  return false
}

const MAX_RULES = 5_000

/** Which classes and ids a style sheet hides by a rule of their own; rules for certain screens don't count. */
export function findHiddenStyles(css: string): HiddenStyles {
  const classes = new Set<string>()
  const ids = new Set<string>()
  let depth = 0
  let start = 0
  let selector = ''
  let rules = 0
  for (let index = 0; index < css.length && rules < MAX_RULES; index += 1) {
    const letter = css[index]
    if (letter === '{') {
      depth += 1
      if (depth === 1) selector = css.slice(start, index)
      start = index + 1
    } else if (letter === '}') {
      if (depth === 1 && HIDING.test(css.slice(start, Math.min(index, start + 2_000)))) addSelectors(selector)
      depth = Math.max(0, depth - 1)
      start = index + 1
      rules += 1
    }
  }
  return { classes, ids }

  function addSelectors(text: string): void {
    for (const one of text.slice(0, 2_000).split(',')) {
      const simple = /^\s*([.#])([\w-]+)\s*$/.exec(one)
      if (simple?.[2] !== undefined) (simple[1] === '.' ? classes : ids).add(simple[2])
    }
  }
}
