/** The little of a DOM that is used here; linkedom's types need a browser's library. */
export interface PageNode {
  readonly nodeType: number
  /** Upper case for HTML. */
  readonly nodeName: string
  readonly firstChild: PageNode | null
  readonly nextSibling: PageNode | null
  readonly parentNode: PageNode | null
  readonly textContent: string | null
}

export interface PageElement extends PageNode {
  readonly id: string
  readonly className: string
  getAttribute(name: string): string | null
  hasAttribute(name: string): boolean
  removeAttribute(name: string): void
  remove(): void
}

export interface PageDocument {
  readonly title: string
  readonly body: PageElement
  querySelector(selector: string): PageElement | null
  getElementById(id: string): PageElement | null
}

const ELEMENT = 1
export const TEXT = 3

export function isElement(node: PageNode): node is PageElement {
  return node.nodeType === ELEMENT
}
