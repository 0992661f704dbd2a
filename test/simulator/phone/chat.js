// @ts-check
/** The chat that is open: what was said and what happened in it, the newest in sight. */
import { dayAndTime, make, makeButton } from './make-node.js'
import { messageRow, replaceRecalled } from './message-row.js'
import { attempt, control } from './simulator.js'
import { element, memberName, nameOf, place, view } from './view.js'
import { describeEvent, STATES } from './words.js'

const MAX_SHOWN = 500
/** A time line between messages that lie further apart. */
const TIME_GAP_MS = 5 * 60_000

const messages = element('messages')
/** Records up to this number are on the page. */
let shownSeq = 0
let lastShownAt = 0
/** Records that came while the chat was being asked for. @type {any[] | undefined} */
let held
/** Counts up at each load, so that a slow answer to an older one is dropped. */
let loads = 0
/** Whether the newest is to stay in sight: until somebody scrolls up to read. */
let followsEnd = true

export async function loadChat() {
  if (view.externalUserId === '') return
  loads += 1
  const load = loads
  held = []
  const chat = await control('chat', place())
  if (load !== loads) return
  messages.replaceChildren()
  lastShownAt = 0
  const shown = chat.records.slice(-MAX_SHOWN)
  if (shown.length === 0) {
    messages.append(
      make('p', 'empty', '您现在是这位客户。发一条消息，或点＋发送图片、位置等，也可以从客服链接进入会话。'),
    )
  }
  for (const record of shown) showRecord(record)
  shownSeq = chat.lastSeq
  const waiting = held
  held = undefined
  for (const record of waiting) if (record.seq > shownSeq) showRecord(record)
  renderSession(chat)
  scrollToEnd()
}

/** A record of the open chat that has just been made. @param {any} record */
export function receiveInChat(record) {
  if (held !== undefined) held.push(record)
  else if (record.seq > shownSeq) showRecord(record)
  refreshSession()
}

/** @param {any} chat */
function renderSession(chat) {
  const parts = [nameOf(view.externalUserId), STATES[chat.state] ?? '']
  if (chat.state === 3) parts.push(memberName(chat.servicerUserId))
  if (chat.windowEndsAt > 0 && chat.state < 2) parts.push(`还可回复 ${chat.messagesLeft} 条`)
  if (chat.rejectsCustomer) parts.push('被接待人员拒收')
  if (chat.blockedByCustomer) parts.push('已拒收客服消息')
  element('session').textContent = parts.filter((part) => part !== '').join(' · ')
  document.dispatchEvent(new CustomEvent('session', { detail: chat }))
}

let sessionTimer = 0
/** The state of a session changes with most records: asked a few times a second while they come. */
export function refreshSession() {
  if (sessionTimer !== 0) return
  sessionTimer = setTimeout(() => {
    sessionTimer = 0
    attempt(async () => {
      const customer = view.externalUserId
      if (customer === '') return
      const conversation = await control('conversation', place())
      if (customer === view.externalUserId) renderSession(conversation)
    })
  }, 60)
}

export function scrollToEnd() {
  followsEnd = true
  messages.scrollTop = messages.scrollHeight
}

/** @param {Node} node */
function append(node) {
  messages.querySelector('.empty')?.remove()
  messages.append(node)
  while (messages.childElementCount > MAX_SHOWN * 2) messages.firstElementChild?.remove()
  if (followsEnd) scrollToEnd()
}

/** @param {any} record */
function showRecord(record) {
  switch (record.kind) {
    case 'refused': {
      const note = make('p', 'note refused', `被平台拒绝（${record.errcode}）：${record.meaning}`)
      note.title = record.why
      append(note)
      return
    }
    case 'recalled':
      replaceRecalled(messages, record.msgid, '客服撤回了一条消息')
      return
    case 'offered':
      append(offer(record))
      return
    case 'happened':
      if (record.event === 'servicer_message') break
      showEvent(record)
      return
    case 'written':
    case 'blocked':
    case 'delivered':
    case 'undelivered':
      break
    default:
      return
  }
  if (record.at - lastShownAt > TIME_GAP_MS) append(make('p', 'time', dayAndTime(record.at)))
  lastShownAt = record.at
  append(messageRow(record))
}

/** @param {any} record */
function showEvent(record) {
  const words = describeEvent(record, memberName)
  const recalled = /** @type {string | undefined} */ (record.body.recall_msgid)
  if (recalled === undefined || !replaceRecalled(messages, recalled, words)) append(make('p', 'note', words))
}

/** @param {any} record */
function offer({ what, target, wording }) {
  if (what === 'cancelled') return make('p', 'note', '客服取消了专员服务的推荐')
  const words = wording || (what === 'member' ? '为您推荐专属服务人员' : '邀请您加入群聊')
  const box = make('p', 'note offer', make('span', '', `${words}：${what === 'member' ? memberName(target) : target} `))
  const accept = makeButton('send small', what === 'member' ? '添加' : '加入', () =>
    attempt(async () => {
      await control('customerAcceptsOffer', { ...place(), kind: what })
      accept.replaceWith(what === 'member' ? '已添加' : '已加入')
    }),
  )
  box.append(accept)
  return box
}

let lastTop = 0
messages.addEventListener('scroll', () => {
  // Only moving up is a person's wish: the end also moves away by itself, when something is added.
  if (messages.scrollTop < lastTop) followsEnd = false
  if (messages.scrollHeight - messages.scrollTop - messages.clientHeight < 60) followsEnd = true
  lastTop = messages.scrollTop
})
// Neither a picture that has loaded nor a panel that takes room may push the newest out of sight.
messages.addEventListener('load', () => followsEnd && scrollToEnd(), true)
messages.addEventListener('loadedmetadata', () => followsEnd && scrollToEnd(), true)
new ResizeObserver(() => followsEnd && scrollToEnd()).observe(messages)
