import type { PageNode } from './page-node.ts'

export interface Visitor {
  /** Returns false to pass over what is inside. */
  enter(node: PageNode, depth: number): boolean
  leave?(node: PageNode): void
}

/** Through everything under a node, in order. Without recursion: a page may be as deep as it is long. */
export function walk(root: PageNode, { enter, leave }: Visitor): void {
  let node: PageNode | null = root.firstChild
  let depth = 1
  while (node !== null) {
    // Asked for beforehand, because the visitor may take the node out.
    const next: PageNode | null = node.nextSibling
    const parent: PageNode | null = node.parentNode
    if (enter(node, depth) && node.firstChild !== null) {
      node = node.firstChild
      depth += 1
      continue
    }
    leave?.(node)
    if (next !== null) {
      node = next
      continue
    }
    let up: PageNode | null = parent
    node = null
    while (up !== null && up !== root && node === null) {
      depth -= 1
      const sibling: PageNode | null = up.nextSibling
      const above: PageNode | null = up.parentNode
      leave?.(up)
      node = sibling
      if (node === null) up = above
    }
  }
}
