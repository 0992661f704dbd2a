import { decodeText } from './decode-text.ts'
import { type DocumentSource, type Reading, type ReadLimits, unread } from './reading.ts'
import { tidyLine, tidyText } from './tidy-text.ts'

/** Text as it is. Comments of Markdown are taken out: whoever looks at it rendered doesn't see them. */
export function readText(
  source: DocumentSource,
  kind: 'text' | 'markdown' | 'json',
  { maxChars }: ReadLimits,
): Reading {
  const content = decodeText(source.bytes, { contentType: source.contentType })
  const seen = kind === 'markdown' ? withoutComments(content) : content
  const { text, isCut } = tidyText(seen, maxChars)
  if (text === '') return unread(kind, 'empty')
  const title = kind === 'markdown' ? tidyLine(/^#\s+(.{1,200})$/m.exec(text)?.[1] ?? '') : ''
  const isPartial = isCut || source.isTruncated === true
  const notes = isPartial ? ['文件很长，只读取了前面的部分'] : []
  return { outcome: 'read', kind, title, text, notes, isPartial }
}

function withoutComments(content: string): string {
  const [first = '', ...rest] = content.split('<!--')
  return first + rest.map((part) => (part.includes('-->') ? part.slice(part.indexOf('-->') + 3) : '')).join('')
}
