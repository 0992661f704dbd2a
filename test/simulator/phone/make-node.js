// @ts-check
/** The only ways by which words get onto the page: as text nodes. */

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(string | Node)} children
 */
export function make(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className !== '') node.className = className
  node.append(...children)
  return node
}

/** @param {string} className @param {string | Node} label @param {() => unknown} run */
export function makeButton(className, label, run) {
  const button = /** @type {HTMLButtonElement} */ (make('button', className, label))
  button.type = 'button'
  button.addEventListener('click', () => run())
  return button
}

/** @param {string} label @param {readonly (readonly [string, string])[]} options value and words */
export function makeSelect(label, options, value = '') {
  const select = /** @type {HTMLSelectElement} */ (make('select', ''))
  select.setAttribute('aria-label', label)
  select.append(...options.map(([one, words]) => new Option(words, one)))
  if (value !== '') select.value = value
  return select
}

/** A face that is the name's first character. @param {string} name */
export function avatar(name, isBot = false) {
  const tone = isBot ? 'bot' : [...name].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % 5
  const node = make('span', `avatar tone-${tone}`, [...name][0] ?? '?')
  node.setAttribute('aria-hidden', 'true')
  return node
}

/** @param {number} at */
export const clockTime = (at) => new Date(at).toLocaleTimeString('zh-CN', { hour12: false })

/** @param {number} at */
export const dayAndTime = (at) =>
  new Date(at).toLocaleString('zh-CN', { hour12: false, dateStyle: 'short', timeStyle: 'short' })
