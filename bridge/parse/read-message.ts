/**
 * Turns a message into text as describe-message.ts does, and adds what only others can tell: what stands behind the links in a text,
 * and behind a link card.
 */
import { NOT_READ } from './describe-link.ts'
import { describeMessage } from './describe-message.ts'
import { findLinks } from './links/find-links.ts'
import type { LinkReader } from './links/read-links.ts'
import type { MessageText } from './message-text.ts'
import { parseEntry, readLine, readText, toFields } from './read-fields.ts'

export type ReadMessage = (raw: string, signal: AbortSignal) => Promise<MessageText>

const maxTextChars = 20_000

/** `raw` as for `describeMessage`. Rejects only when the links can't be read at the moment, or with the reason of `signal`. */
export function createReadMessage({ readLinks }: { readLinks: LinkReader }): ReadMessage {
  return async (raw, signal) => {
    const described = describeMessage(raw)
    const links = linksOf(raw)
    if (links.length === 0) return described
    const reports = await readLinks(links, signal)
    return { ...described, text: [described.text.replace(NOT_READ, ''), ...reports.map(({ text }) => text)].join('\n') }
  }
}

/** True when the message needs nothing but itself to be read. */
export function isSelfContained(raw: string): boolean {
  return linksOf(raw).length === 0
}

function linksOf(raw: string): string[] {
  const entry = parseEntry(raw)
  const type = readLine(entry, 'msgtype', 64)
  if (type === 'text') return findLinks(readText(toFields(entry.text), 'content', maxTextChars))
  if (type === 'link') return findLinks(readLine(toFields(entry.link), 'url', 2048)).slice(0, 1)
  return []
}
