import type { MenuItem } from '../../wecom/outgoing-content.ts'
import { textOption } from '../require-option.ts'
import { createSendCommand } from '../send-command.ts'

export const sendMenu = createSendCommand({
  kind: 'menu',
  about: { zh: '发菜单', en: 'send a menu' },
  operand: {
    name: 'ITEM',
    about: {
      zh: '每项一个参数：文字=点击后作为客户的话；文字=https://… 是链接；以 = 开头的是不能点的说明',
      en: 'one each: words that the customer says by a tap; words=https://… for a link; = and words for a line that can not be tapped',
    },
    isMany: true,
  },
  options: {
    head: { type: 'string', value: 'TEXT', about: { zh: '菜单上方的话', en: 'what stands above' } },
    tail: { type: 'string', value: 'TEXT', about: { zh: '菜单下方的话', en: 'what stands below' } },
  },
  toContent: (call) => ({
    type: 'menu',
    head: textOption('head', call),
    items: call.operands.map(toMenuItem),
    tail: textOption('tail', call),
  }),
})

function toMenuItem(text: string, index: number): MenuItem {
  if (text.startsWith('=')) return { type: 'text', text: text.slice(1) }
  const [, words, url] = /^(.+?)=(https?:\/\/.+)$/s.exec(text) ?? []
  if (words !== undefined && url !== undefined) return { type: 'view', text: words, url }
  return { type: 'click', id: `item_${index + 1}`, text }
}
