// @ts-check
/** A menu that the customer can tap. A tap on an item is a message of theirs; links and mini programmes are none. */
import { make, makeButton } from '../make-node.js'
import { anchor } from '../safe-link.js'
import { attempt, control } from '../simulator.js'
import { place } from '../view.js'

/** @param {any} body @returns {(string | Node)[]} */
export function menu({ head_content, list = [], tail_content }) {
  const nodes = []
  if (head_content) nodes.push(make('span', 'menu-text', String(head_content)))
  for (const item of list) nodes.push(menuItem(item.type, item[item.type] ?? {}))
  if (tail_content) nodes.push(make('span', 'menu-text', String(tail_content)))
  return nodes
}

/** @param {string} type @param {any} item */
function menuItem(type, { content, id, url, no_newline }) {
  const words = String(content ?? '')
  switch (type) {
    case 'click':
      return makeButton('menu-item', words, () =>
        attempt(() => control('customerWrites', { ...place(), text: words, menuId: String(id ?? '') })),
      )
    case 'view':
      return anchor(String(url ?? ''), words, 'menu-item')
    case 'text':
      return make('span', no_newline === 1 ? 'menu-text inline' : 'menu-text', words)
    default:
      return make('span', 'menu-item', words)
  }
}
