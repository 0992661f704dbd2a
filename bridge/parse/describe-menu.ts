import type { MessageText } from './message-text.ts'
import { type Fields, readLine, readList, toFields } from './read-fields.ts'

const maxItems = 50

/** A menu that the customer passes on: its words and what can be chosen. */
export function describeMenu(body: Fields): MessageText {
  const head = readLine(body, 'head_content', 1024)
  const tail = readLine(body, 'tail_content', 1024)
  const items = readList(body, 'list').slice(0, maxItems).map(describeItem)
  const lines = [`[菜单] ${head}`.trim(), ...items.filter((item) => item !== '').map((item) => `- ${item}`), tail]
  return { text: lines.filter((line) => line !== '').join('\n'), title: `[菜单] ${head.slice(0, 60)}`.trim() }
}

function describeItem(value: unknown): string {
  const item = toFields(value)
  const type = readLine(item, 'type', 32)
  const body = toFields(item[type])
  const content = readLine(body, 'content', 1024)
  const url = readLine(body, 'url', 2048)
  return url === '' ? content : `${content} ${url}`.trim()
}
