// @ts-check
/** The customers of the company: whose chat is open, who has unread answers, and a new one. */
import { ask } from './ask.js'
import { loadChat } from './chat.js'
import { avatar, make, makeButton } from './make-node.js'
import { attempt, control } from './simulator.js'
import { element, view } from './view.js'
import { shorten } from './words.js'

/** @type {Map<string, number>} */
const unread = new Map()
/** @type {Map<string, string>} */
const lastLines = new Map()

export function renderCustomers() {
  const rows = view.overview.customers.map((/** @type {any} */ customer) => {
    const { externalUserId: id, name } = customer
    const count = unread.get(id) ?? 0
    const who = make('span', 'who', make('span', 'name', name), make('span', 'last', lastLines.get(id) ?? ''))
    const button = makeButton('customer', avatar(name), () => attempt(() => openChat(id)))
    button.append(who)
    if (count > 0) button.append(make('span', 'unread', count > 99 ? '99+' : String(count)))
    button.setAttribute('aria-current', String(id === view.externalUserId))
    return make('li', '', button)
  })
  element('customers').replaceChildren(...rows)
}

export function takeLastLines() {
  for (const { externalUserId, lastMessage } of view.overview.customers)
    lastLines.set(externalUserId, lastMessage === null ? '' : shorten(lastMessage))
}

/** @param {string} customer */
export async function openChat(customer, focuses = true) {
  view.externalUserId = customer
  unread.delete(customer)
  element('app').classList.add('in-chat')
  renderCustomers()
  await loadChat()
  if (focuses) element('text').focus()
}

export function closeChat() {
  view.externalUserId = ''
  element('app').classList.remove('in-chat')
  renderCustomers()
}

let listTimer = 0
/** @param {any} record */
export function noteLastLine(record) {
  const id = record.externalUserId
  if (record.kind === 'written' || record.kind === 'delivered') {
    lastLines.set(id, shorten(record))
    if (record.kind === 'delivered' && id !== view.externalUserId) unread.set(id, (unread.get(id) ?? 0) + 1)
  }
  // Many customers at once redraw the list a few times a second, not for each message.
  if (listTimer !== 0) return
  listTimer = setTimeout(() => {
    listTimer = 0
    renderCustomers()
  }, 120)
}

/** @param {() => Promise<void>} reload */
export async function addCustomer(reload) {
  const count = view.overview.customers.length
  const answer = await ask('新增客户', [{ name: 'name', label: '称呼', value: `客户${count + 1}` }])
  if (answer === undefined || answer.name === '') return
  const customer = await control('addCustomer', { name: answer.name })
  await reload()
  await openChat(customer.externalUserId)
}
