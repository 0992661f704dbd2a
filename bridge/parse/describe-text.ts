import type { MessageText } from './message-text.ts'
import { type Fields, readLine, readText, withoutHeads } from './read-fields.ts'

const maxChars = 20_000
const maxTitleChars = 60
const tapped = '（客户点选了菜单项 '

/** The words themselves, which can't pass for what we say about them. A tapped menu item comes as a text with the item's id. */
export function describeText(body: Fields): MessageText {
  const content = withoutHeads(readText(body, 'content', maxChars)).replaceAll(tapped.trim(), '(客户点选了菜单项')
  if (content === '') return { text: '[空消息]', title: '[空消息]' }
  const menuId = readLine(body, 'menu_id', 128).replaceAll('）', ')')
  return {
    text: menuId === '' ? content : `${content}\n${tapped}${menuId}）`,
    title: readLine(body, 'content', maxTitleChars),
  }
}
