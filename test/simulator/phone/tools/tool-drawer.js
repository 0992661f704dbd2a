// @ts-check
/** The drawer beside the phone: what happened, the servicer's side, and what developers set. */
import { element } from '../view.js'

const TABS = ['log', 'desk', 'faults', 'switches', 'clock', 'console']
/** Called when a tab comes into sight. @type {Map<string, () => void>} */
const openers = new Map()
let current = 'log'

/** @param {string} tab @param {() => void} open */
export function onOpen(tab, open) {
  openers.set(tab, open)
}

/** @param {string} tab */
export const isShown = (tab) => !element('tools').hidden && current === tab

/** @param {string} tab */
function showTab(tab) {
  current = tab
  for (const one of TABS) {
    element(`tab-${one}`).setAttribute('aria-selected', String(one === tab))
    element(`pane-${one}`).hidden = one !== tab
  }
  openers.get(tab)?.()
}

/** @param {boolean} isOpen */
function showTools(isOpen) {
  element('tools').hidden = !isOpen
  element('app').classList.toggle('with-tools', isOpen)
  element('open-tools').setAttribute('aria-expanded', String(isOpen))
  if (isOpen) showTab(current)
}

element('open-tools').addEventListener('click', () => showTools(element('tools').hidden))
element('close-tools').addEventListener('click', () => showTools(false))
for (const tab of TABS) element(`tab-${tab}`).addEventListener('click', () => showTab(tab))
