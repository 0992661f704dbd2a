/** What was sent, in words: for the model's memory of the conversation and for people who look at a reply. */
import type { MenuItem, OutgoingContent } from '../wecom/outgoing-content.ts'

export function contentText<M>(content: OutgoingContent<M>): string {
  switch (content.type) {
    case 'text':
      return content.text
    case 'image':
      return '[图片]'
    case 'voice':
      return '[语音]'
    case 'video':
      return '[视频]'
    case 'file':
      return '[文件]'
    case 'link':
      return joined(' ', '[链接]', content.title, content.url)
    case 'miniprogram':
      return joined(' ', '[小程序]', content.title)
    case 'menu':
      return joined('\n', content.head, ...content.items.map(itemText), content.tail)
    case 'location':
      return joined(' ', '[位置]', content.name, content.address)
    case 'acquisition-link':
      return joined(' ', '[获客链接]', content.url)
    case 'business-card':
      return '[名片]'
  }
}

function itemText(item: MenuItem): string {
  return item.type === 'view' ? `${item.text} ${item.url}` : item.text
}

function joined(by: string, ...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(by)
}
