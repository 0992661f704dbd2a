/**
 * A forwarded chat record: who said what, records within records included. Each word of a speaker stays on lines of their own
 * that no other speaker's can be taken for.
 */
import type { MessageText } from './message-text.ts'
import { type Fields, limitText, readLine, readList, toFields } from './read-fields.ts'

const maxDepth = 3
const maxItems = 100
const maxChars = 6_000
const maxItemChars = 1_000

/** `describeBody` describes an entry of another kind; `depth` is 1 for a record that is no part of another. */
export function describeMerged(
  body: Fields,
  describeBody: (entry: Fields, depth: number) => MessageText,
  depth: number,
): MessageText {
  const title = `[聊天记录] ${readLine(body, 'title')}`.trim()
  const items = readList(body, 'item')
  if (depth > maxDepth) return { text: `${title}（嵌套过深，没有展开）`, title }

  const lines = [`${title}（共 ${items.length} 条）`]
  let left = maxChars
  for (const [index, value] of items.entries()) {
    const line = index < maxItems ? describeItem(toFields(value), describeBody, depth) : ''
    if (index >= maxItems || line.length > left) {
      lines.push(`（其余 ${items.length - index} 条略）`)
      break
    }
    left -= line.length
    lines.push(line)
  }
  return { text: lines.join('\n'), title }
}

function describeItem(
  item: Fields,
  describeBody: (entry: Fields, depth: number) => MessageText,
  depth: number,
): string {
  const speaker = readLine(item, 'sender_name', 64) || '未署名'
  const entry = parseContent(item.msg_content)
  const isRecord = readLine(entry ?? {}, 'msgtype', 32) === 'merged_msg'
  const text = entry === undefined ? '[无法读取的消息]' : describeBody(entry, depth + 1).text
  const limited = isRecord ? text : limitText(text, maxItemChars)
  return `${speaker}：${limited.replaceAll('\n', '\n  ')}`
}

/** The platform puts JSON text there; an object is taken as well. */
function parseContent(content: unknown): Fields | undefined {
  if (typeof content !== 'string') return Object.keys(toFields(content)).length === 0 ? undefined : toFields(content)
  try {
    const parsed: unknown = JSON.parse(content)
    return typeof parsed === 'object' && parsed !== null ? toFields(parsed) : undefined
  } catch {
    return undefined
  }
}
