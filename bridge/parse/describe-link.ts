import type { MessageText } from './message-text.ts'
import { type Fields, readLine } from './read-fields.ts'

/** The card that is seen in the chat; the page behind it has not been read. */
export function describeLink(body: Fields): MessageText {
  const title = readLine(body, 'title')
  const desc = readLine(body, 'desc', 600)
  const url = readLine(body, 'url', 2048)
  const lines = [`[链接] ${title}`.trim()]
  if (desc !== '') lines.push(`摘要：${desc}`)
  if (url !== '') lines.push(`网址：${url}（网页内容还没有读取）`)
  return { text: lines.join('\n'), title: `[链接] ${title}`.trim() }
}
