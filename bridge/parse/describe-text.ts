import type { MessageText } from './message-text.ts'
import { type Fields, readLine, readText } from './read-fields.ts'

const maxChars = 20_000
const maxTitleChars = 60

/** The words themselves. A tapped menu item comes as a text with the item's id. */
export function describeText(body: Fields): MessageText {
  const content = readText(body, 'content', maxChars)
  if (content === '') return { text: '[空消息]', title: '[空消息]' }
  const menuId = readLine(body, 'menu_id', 128)
  return {
    text: menuId === '' ? content : `${content}\n（客户点选了菜单项 ${menuId}）`,
    title: readLine(body, 'content', maxTitleChars),
  }
}
