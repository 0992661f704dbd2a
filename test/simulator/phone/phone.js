// @ts-check
/**
 * The phone: several customers of one company, each with their own chat. The page keeps nothing: after a reload or a lost
 * connection it asks the simulator again. What is shown where is in the modules beside this one.
 */
import './composer.js'
import { loadChat, receiveInChat, refreshSession } from './chat.js'
import { addCustomer, closeChat, noteLastLine, openChat, renderCustomers, takeLastLines } from './customer-list.js'
import { attempt, control } from './simulator.js'
import { addLogLine, loadLog } from './tools/run-log.js'
import './tools/clock-desk.js'
import './tools/console-desk.js'
import './tools/fault-desk.js'
import { noteServicerMessage, refreshDesk } from './tools/servicer-desk.js'
import './tools/switch-board.js'
import { noteCallback, noteConnection, renderTrouble } from './trouble-line.js'
import { element, view } from './view.js'

const accountSelect = /** @type {HTMLSelectElement} */ (element('accounts'))

async function loadOverview() {
  view.overview = await control('overview')
  const { overview } = view
  if (!overview.accounts.some((/** @type {any} */ account) => account.openKfId === view.openKfId)) {
    view.openKfId = overview.accounts[0]?.openKfId ?? ''
  }
  const label = element('model-label')
  label.textContent = overview.modelLabel
  label.hidden = overview.modelLabel === ''
  takeLastLines()
  renderAccounts()
  renderCustomers()
  renderTrouble()
}

function renderAccounts() {
  const { accounts } = view.overview
  accountSelect.hidden = accounts.length < 2
  element('account-name').hidden = accounts.length > 1
  element('account-name').textContent = accounts[0]?.name ?? '没有客服账号'
  accountSelect.replaceChildren(
    ...accounts.map((/** @type {any} */ account) => new Option(account.name, account.openKfId)),
  )
  accountSelect.value = view.openKfId
}

/** @param {string} openKfId */
async function openAccount(openKfId) {
  view.openKfId = openKfId
  renderAccounts()
  await loadChat()
}

function connect() {
  const live = new EventSource('/control/live')
  live.addEventListener('open', () => {
    noteConnection(true)
    attempt(async () => {
      await loadOverview()
      await loadLog()
      if (view.externalUserId === '' && matchMedia('(min-width: 720px)').matches) {
        const first = view.overview.customers[0]
        if (first !== undefined) await openChat(first.externalUserId, false)
      } else {
        await loadChat()
      }
    })
  })
  live.addEventListener('error', () => noteConnection(false))
  live.addEventListener('message', (event) => receive(JSON.parse(event.data)))
}

/** @param {any} record */
function receive(record) {
  refreshDesk()
  if (record.kind === 'changed') {
    if (record.openKfId === '') attempt(loadOverview)
    else refreshSession()
    return
  }
  if (record.kind === 'callback') noteCallback(record)
  addLogLine(record)
  noteServicerMessage(record)
  if (!('externalUserId' in record) || record.externalUserId === '') return
  noteLastLine(record)
  if (record.externalUserId === view.externalUserId && record.openKfId === view.openKfId) receiveInChat(record)
}

accountSelect.addEventListener('change', () => attempt(() => openAccount(accountSelect.value)))
document.addEventListener('open-account', (event) =>
  attempt(() => openAccount(/** @type {CustomEvent<string>} */ (event).detail)),
)
element('back').addEventListener('click', closeChat)
element('add-customer').addEventListener('click', () => attempt(() => addCustomer(loadOverview)))
connect()
