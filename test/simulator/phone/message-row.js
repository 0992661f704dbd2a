// @ts-check
/** One message with its face, and what may still be done with it. */
import { bubbleClass, contentOf } from './content/message-content.js'
import { avatar, clockTime, make, makeButton } from './make-node.js'
import { attempt, control } from './simulator.js'
import { account, memberName, nameOf, place } from './view.js'
import { failWords } from './words.js'

/** @param {any} record of the kinds written, blocked, delivered, undelivered, or a servicer's message */
export function messageRow(record) {
  const isMine = record.kind === 'written' || record.kind === 'blocked'
  const msgtype = record.msgtype ?? 'text'
  const bubble = make('div', bubbleClass(msgtype), ...contentOrNote(msgtype, record.body))
  if (record.cut) bubble.append(make('span', 'cut', '（超过长度限制，后面的内容被平台截断）'))
  if (record.kind === 'undelivered') bubble.append(make('span', 'cut', `没有送达：${failWords(record.failType)}`))
  if (record.kind === 'blocked') bubble.append(make('span', 'cut', '消息已发出，但被对方拒收了'))
  const row = make('div', isMine ? 'row mine' : 'row', face(record, isMine), bubble)
  if (record.kind === 'undelivered') row.classList.add('undelivered')
  if (record.kind === 'written') row.append(recallButton(record.msgid))
  row.dataset.msgid = record.msgid ?? ''
  row.setAttribute('role', 'group')
  row.setAttribute('aria-label', `${speaker(record, isMine)} ${clockTime(record.at)}`)
  return row
}

/** Whoever drives the simulator may send a body of any shape. @param {string} msgtype @param {unknown} body */
function contentOrNote(msgtype, body) {
  try {
    return contentOf(msgtype, body)
  } catch {
    return [make('span', 'unknown-kind', `[${msgtype}：内容不合规范，显示不了]`)]
  }
}

/** @param {any} record @param {boolean} isMine */
function face(record, isMine) {
  if (isMine) return avatar(nameOf(record.externalUserId))
  return record.kind === 'happened' ? avatar(memberName(record.servicerUserId)) : avatar(account().name, true)
}

/** @param {any} record @param {boolean} isMine */
function speaker(record, isMine) {
  if (isMine) return '我'
  return record.kind === 'happened' ? '接待人员' : '客服'
}

/** @param {string} msgid */
function recallButton(msgid) {
  return makeButton('recall', '撤回', () => attempt(() => control('customerRecalls', { ...place(), msgid })))
}

/**
 * Puts a line in the place of a message that was taken back. Returns whether there was one.
 * @param {ParentNode} messages
 * @param {string} msgid
 * @param {string} words
 */
export function replaceRecalled(messages, msgid, words) {
  const row = [...messages.querySelectorAll('.row')].findLast(
    (node) => /** @type {HTMLElement} */ (node).dataset.msgid === msgid,
  )
  row?.replaceWith(make('p', 'note', words))
  return row !== undefined
}
