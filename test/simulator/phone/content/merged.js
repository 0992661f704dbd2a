// @ts-check
/** A forwarded chat record: a card with its first lines, and all of it in a window of its own, records within it too. */
import { avatar, dayAndTime, make, makeButton } from '../make-node.js'
import { kindName } from '../words.js'

const SHOWN_LINES = 4

/**
 * @param {any} body
 * @param {(msgtype: string, body: any) => (string | Node)[]} contentOf
 */
export function mergedCard({ title, item = [] }, contentOf) {
  const lines = item.slice(0, SHOWN_LINES).map(toLine).join('\n')
  return makeButton(
    'card as-button',
    make(
      'span',
      '',
      make('span', 'card-title', String(title ?? '聊天记录')),
      make('span', 'card-text', lines),
      make('span', 'card-kind', '聊天记录'),
    ),
    () => openRecord(String(title ?? '聊天记录'), item, contentOf),
  )
}

/** The platform sends each message as text that may be no JSON. @param {any} item */
function open(item) {
  try {
    const content = JSON.parse(item.msg_content)
    if (typeof content !== 'object' || content === null) return { msgtype: item.msgtype, body: undefined }
    return { msgtype: content.msgtype ?? item.msgtype, body: content[content.msgtype ?? item.msgtype] }
  } catch {
    return { msgtype: item.msgtype, body: undefined }
  }
}

/** @param {any} item */
function toLine(item) {
  const { msgtype, body } = open(item)
  return `${item.sender_name}：${msgtype === 'text' ? (body?.content ?? '') : `[${kindName(msgtype)}]`}`
}

/**
 * @param {string} title
 * @param {any[]} items
 * @param {(msgtype: string, body: any) => (string | Node)[]} contentOf
 */
function openRecord(title, items, contentOf) {
  const dialog = /** @type {HTMLDialogElement} */ (make('dialog', 'record'))
  dialog.setAttribute('aria-label', title)
  const rows = items.map((item) => {
    const { msgtype, body } = open(item)
    const words = body === undefined ? [String(item.msg_content ?? '')] : contentOf(msgtype, body)
    const head = make(
      'span',
      'record-head',
      String(item.sender_name),
      make('time', '', dayAndTime(item.send_time * 1000)),
    )
    return make('li', '', avatar(String(item.sender_name)), make('div', 'record-body', head, make('div', '', ...words)))
  })
  const close = makeButton('icon', '×', () => dialog.close())
  close.setAttribute('aria-label', '关闭聊天记录')
  dialog.append(make('header', 'bar', make('h2', '', title), close), make('ul', '', ...rows))
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
