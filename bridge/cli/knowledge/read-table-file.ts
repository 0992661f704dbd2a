/** The cells of a table of ours: csv, xlsx, xls, or JSON lines with the names of the columns as keys. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { read, utils } from '@e965/xlsx'
import { parse } from 'csv-parse/sync'
import { decodeText } from '../../parse/documents/decode-text.ts'

const TABLES = new Set(['.csv', '.tsv', '.xlsx', '.xls', '.jsonl', '.ndjson'])

export function isTableFile(path: string): boolean {
  return TABLES.has(extname(path).toLowerCase())
}

/** Of a workbook the rows of all sheets. Rejects when it is no such table. */
export async function readTableFile(path: string): Promise<string[][]> {
  const bytes = await readFile(path)
  switch (extname(path).toLowerCase()) {
    case '.xlsx':
    case '.xls':
      return readWorkbook(bytes)
    case '.jsonl':
    case '.ndjson':
      return readLines(decodeText(bytes))
    default:
      return readCsv(decodeText(bytes))
  }
}

function readCsv(text: string): string[][] {
  const head = text.slice(0, text.indexOf('\n') + 1 || undefined)
  const delimiter = head.includes('\t') ? '\t' : !head.includes(',') && head.includes(';') ? ';' : ','
  return parse(text, { bom: true, delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: true })
}

function readWorkbook(bytes: Uint8Array): string[][] {
  const book = read(bytes, { type: 'array', dense: true })
  return book.SheetNames.flatMap((name) => {
    const sheet = book.Sheets[name]
    const rows = sheet === undefined ? [] : utils.sheet_to_json<unknown[]>(sheet, { header: 1, raw: false, defval: '' })
    return rows.map((cells) => cells.map((cell) => String(cell ?? '')))
  })
}

/** A list becomes a cell with a line for each; whatever is no text becomes JSON. */
function readLines(text: string): string[][] {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return [heads, ...rows.map((row) => heads.map((head) => toCell(row[head])))]
}

function toCell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(toCell).join('\n')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
