/** FAQ entries as the items of a source: one document each, so that one changed answer is one change. */
import { createHash } from 'node:crypto'
import type { SourceItem } from './sync-source.ts'
import type { FaqEntry } from './to-faq-entries.ts'

export interface FaqItemOptions {
  /** Goes before each entry's own name, where a source has several tables. */
  prefix?: string
  /** What is sent along, ready to be stored. Rejects with a sentence for people as its message. */
  attach?: (attachments: readonly string[]) => Promise<readonly unknown[]>
}

export function toFaqItems(entries: readonly FaqEntry[], { prefix = '', attach }: FaqItemOptions = {}): SourceItem[] {
  return entries.map((entry) => ({
    uri: `${prefix}#${sha(entry.question)}`,
    title: entry.question,
    // A file that is sent along may change under the same name, so it is looked at each time.
    ...(entry.attachments.length === 0 && { hash: hashOf(entry, []) }),
    async read() {
      let attachments: readonly unknown[] = []
      if (entry.attachments.length > 0) {
        if (attach === undefined) return { unread: '这里不能带附件' }
        try {
          attachments = await attach(entry.attachments)
        } catch (error) {
          return { unread: error instanceof Error ? error.message : '附件读不了' }
        }
      }
      return {
        kind: 'faq',
        title: entry.question,
        hash: hashOf(entry, attachments),
        chunks: [{ heading: '', text: entry.answer }],
        meta: { similar: entry.similar, ...(attachments.length > 0 && { attachments }) },
      }
    },
  }))
}

function hashOf({ question, similar, answer }: FaqEntry, attachments: readonly unknown[]): string {
  return sha(JSON.stringify([question, similar, answer, attachments]))
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}
