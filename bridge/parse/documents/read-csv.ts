import { parse } from 'csv-parse/sync'
import { decodeText } from './decode-text.ts'
import { type DocumentSource, type Reading, type ReadLimits, unread } from './reading.ts'
import { tidyText } from './tidy-text.ts'

const DELIMITERS = [',', '\t', ';', '|'] as const

/** A table as text, of any charset and with any of the usual separators. Quotes that don't match don't matter. */
export function readCsv(source: DocumentSource, { maxChars, maxRows }: ReadLimits): Reading {
  const content = decodeText(source.bytes, { contentType: source.contentType })
  const rows: string[][] = parse(content, {
    bom: true,
    delimiter: findDelimiter(content),
    max_record_size: 1_000_000,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    to: maxRows + 1,
    trim: true,
  })
  const lines = rows.slice(0, maxRows).map((cells) => cells.map((cell) => cell.replace(/\s+/g, ' ')).join(' | '))
  const { text, isCut } = tidyText(lines.join('\n'), maxChars)
  if (text === '') return unread('csv', 'empty')
  const isPartial = isCut || rows.length > maxRows || source.isTruncated === true
  const notes = isPartial ? ['表格很长，只读取了前面的部分'] : []
  return { outcome: 'read', kind: 'csv', title: '', text, notes, isPartial }
}

/** The one that the first lines have most of. */
function findDelimiter(content: string): string {
  const head = content.slice(0, 4_000)
  const count = (delimiter: string) => head.split(delimiter).length
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}
