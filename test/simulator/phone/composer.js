// @ts-check
/** Where the customer types. Nothing that was typed is lost when it could not be sent. */
import { scrollToEnd } from './chat.js'
import { showPanel } from './send-panel.js'
import { attempt, control } from './simulator.js'
import { element, place, view } from './view.js'

const textBox = /** @type {HTMLTextAreaElement} */ (element('text'))
const sendButton = /** @type {HTMLButtonElement} */ (element('send'))

async function sendText() {
  const text = textBox.value
  if (text.trim() === '' || view.externalUserId === '') return
  textBox.value = ''
  resize()
  scrollToEnd()
  const isSent = await attempt(() => control('customerWrites', { ...place(), text }))
  if (!isSent && textBox.value === '') textBox.value = text
  resize()
}

function resize() {
  sendButton.disabled = textBox.value.trim() === ''
  textBox.style.height = 'auto'
  textBox.style.height = `${textBox.scrollHeight + 2}px`
}

element('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  sendText()
})
textBox.addEventListener('input', resize)
textBox.addEventListener('focus', () => showPanel(false))
textBox.addEventListener('keydown', (event) => {
  // An Enter that picks a word in a Chinese input method is not meant for us.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  sendText()
})
resize()
