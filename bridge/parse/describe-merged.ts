/**
 * A forwarded chat record: who said what and when, records within records included. Each word of a speaker stays on lines of their own
 * that no other speaker's can be taken for.
 */
import type { MessageText } from './message-text.ts'
import { type Fields, limitText, readLine, readList, toFields } from './read-fields.ts'

const maxDepth = 3
const maxItems = 100
const maxChars = 12_000
const maxItemChars = 1_000
/** Of one that was opened: a picture, a file, a page. */
const maxOpenedChars = 3_000
/** Entries that are looked at in a record and in those within it. */
const maxEntries = 1_000

export interface DescribedEntry extends MessageText {
  /** More is in it than what stands in the record. */
  isOpened?: boolean
}

/** `describeBody` describes an entry of another kind; `depth` is 1 for a record that is no part of another. */
export function describeMerged(
  body: Fields,
  describeBody: (entry: Fields, depth: number) => DescribedEntry,
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

/** What is said in a record and in the records within it, as far as they are shown, in order; no record itself. */
export function* entriesOf(body: Fields): Generator<Fields> {
  const budget = { entries: maxEntries }
  yield* within(body, 1, budget)
}

function* within(body: Fields, depth: number, budget: { entries: number }): Generator<Fields> {
  if (depth > maxDepth) return
  for (const value of readList(body, 'item').slice(0, maxItems)) {
    if (budget.entries <= 0) return
    budget.entries -= 1
    const entry = parseContent(toFields(value).msg_content)
    if (entry === undefined) continue
    if (isRecord(entry)) yield* within(toFields(entry.merged_msg), depth + 1, budget)
    else yield entry
  }
}

function describeItem(
  item: Fields,
  describeBody: (entry: Fields, depth: number) => DescribedEntry,
  depth: number,
): string {
  const speaker = `${readLine(item, 'sender_name', 64) || '未署名'}${describeTime(item.send_time)}`
  const entry = parseContent(item.msg_content)
  if (entry === undefined) return `${speaker}：[无法读取的消息]`
  const { text, isOpened } = describeBody(entry, depth + 1)
  const limited = isRecord(entry) ? text : limitText(text, isOpened === true ? maxOpenedChars : maxItemChars)
  return `${speaker}：${limited.replaceAll('\n', '\n  ')}`
}

const clock = new Intl.DateTimeFormat('sv-SE', {
  ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  timeZone: 'Asia/Shanghai',
})

/** Of China, where the record was made; '' for what is no time. `seconds` as the platform writes it, Unix. */
function describeTime(seconds: unknown): string {
  const isTime = typeof seconds === 'number' && seconds > 1_000_000_000 && seconds < 10_000_000_000
  return isTime ? `（${clock.format(seconds * 1000)}）` : ''
}

function isRecord(entry: Fields): boolean {
  return readLine(entry, 'msgtype', 32) === 'merged_msg'
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
