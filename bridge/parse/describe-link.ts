import type { MessageText } from './message-text.ts'
import { type Fields, readLine } from './read-fields.ts'

/** Stands at the end as long as nobody has opened the page. */
const NOT_READ = '（网页内容还没有读取）'

/** The card that is seen in the chat; the page behind it has not been read. */
export function describeLink(body: Fields): MessageText {
  const title = readLine(body, 'title')
  const desc = readLine(body, 'desc', 600)
  const url = readLine(body, 'url', 2048)
  const lines = [`[链接] ${title}`.trim()]
  if (desc !== '') lines.push(`摘要：${desc}`)
  if (url !== '') lines.push(`网址：${url}${NOT_READ}`)
  return { text: lines.join('\n'), title: `[链接] ${title}`.trim() }
}

/** Once somebody has. */
export function withoutNotRead(text: string): string {
  return text.replace(NOT_READ, '')
}
