// @ts-check
/** Asks for a few fields in a dialog. */
import { make } from './make-node.js'
import { element } from './view.js'

/** @typedef {{ name: string, label: string, value: string, isLong?: boolean, options?: readonly (readonly [string, string])[] }} Field */

const dialog = /** @type {HTMLDialogElement} */ (element('ask'))
element('ask-form').addEventListener('submit', (event) => {
  event.preventDefault()
  dialog.close('ok')
})
element('ask-cancel').addEventListener('click', () => dialog.close(''))

/**
 * Resolves with undefined when cancelled. `more` goes under the fields and is read by whoever made it.
 * @param {string} title
 * @param {readonly Field[]} fields
 * @param {...Node} more
 * @returns {Promise<Record<string, string> | undefined>}
 */
export function ask(title, fields, ...more) {
  element('ask-title').textContent = title
  const inputs = fields.map(({ name, label, value, isLong, options }) => {
    const tag = options !== undefined ? 'select' : isLong ? 'textarea' : 'input'
    const input = /** @type {HTMLInputElement} */ (make(tag, ''))
    input.name = name
    if (options !== undefined) input.append(...options.map(([one, words]) => new Option(words, one)))
    input.value = value
    if (isLong) input.setAttribute('rows', '5')
    return { input, row: make('label', '', label, input) }
  })
  element('ask-fields').replaceChildren(...inputs.map(({ row }) => row), ...more)
  dialog.returnValue = ''
  dialog.showModal()
  const first = inputs[0]?.input
  if (first instanceof HTMLInputElement) first.select()
  return new Promise((resolve) => {
    dialog.onclose = () =>
      resolve(
        dialog.returnValue === 'ok'
          ? Object.fromEntries(inputs.map(({ input }) => [input.name, input.value]))
          : undefined,
      )
  })
}
