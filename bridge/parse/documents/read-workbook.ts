/** A spreadsheet: the visible cells of its visible sheets as they are shown, a line per row. */
import { read, type Sheet2JSONOpts, utils, type WorkBook, type WorkSheet } from '@e965/xlsx'
import { zipSync } from 'fflate'
import { openZip } from './open-zip.ts'
import { type Reading, type ReadLimits, unread } from './reading.ts'
import { tidyText } from './tidy-text.ts'

const WANTED =
  /^(\[Content_Types\]\.xml|_rels\/.*|xl\/workbook\.(xml|bin)|xl\/(styles|sharedStrings)\.(xml|bin)|xl\/_rels\/.*|xl\/theme\/[\w.]+|xl\/worksheets\/[\w.-]+\.(xml|bin))$/
const MAX_SHEETS = 50
const MAX_COLUMNS = 100

export function readWorkbook(bytes: Uint8Array, kind: 'xlsx' | 'xls', { maxChars, maxRows }: ReadLimits): Reading {
  let book: WorkBook
  try {
    book = read(kind === 'xlsx' ? repack(bytes) : bytes, {
      type: 'array',
      // Tells which rows and columns are hidden.
      cellStyles: true,
      cellFormula: false,
      cellHTML: false,
      dateNF: 'yyyy-mm-dd',
      dense: true,
      // One more shows that there are more.
      sheetRows: maxRows + 1,
    })
  } catch (error) {
    if (error instanceof Error && /password|encrypt/i.test(error.message)) return unread(kind, 'encrypted')
    throw error
  }
  const isShown = (index: number) => (book.Workbook?.Sheets?.[index]?.Hidden ?? 0) === 0
  const shown = book.SheetNames.filter((_name, index) => isShown(index)).slice(0, MAX_SHEETS)
  const parts: string[] = []
  const long: string[] = []
  let chars = 0
  for (const name of shown) {
    const sheet = book.Sheets[name]
    if (sheet === undefined || chars > maxChars) continue
    const rows = toRows(sheet, maxRows)
    if (rows.length === 0) continue
    if (isLonger(sheet, maxRows)) long.push(name)
    const part = [`工作表：${name}`, ...rows].join('\n')
    chars += part.length
    parts.push(part)
  }
  const { text, isCut } = tidyText(parts.join('\n\n'), maxChars)
  if (text === '') return unread(kind, 'empty')
  const isPartial = long.length > 0 || isCut
  return {
    outcome: 'read',
    kind,
    title: '',
    text,
    notes: [`共 ${shown.length} 个工作表`, ...(isPartial ? ['表格很长，只读取了前面的部分'] : [])],
    isPartial,
  }
}

/** Only what is read, and uncompressed: the library then unpacks nothing that has not been measured. */
function repack(bytes: Uint8Array): Uint8Array {
  return zipSync(Object.fromEntries(openZip(bytes, (name) => WANTED.test(name))), { level: 0 })
}

function toRows(sheet: WorkSheet, maxRows: number): string[] {
  const reference = sheet['!ref']
  if (reference === undefined) return []
  const { s, e } = utils.decode_range(reference)
  // What a sheet says about its size may be anything.
  const range = { s, e: { r: Math.min(e.r, s.r + maxRows - 1), c: Math.min(e.c, s.c + MAX_COLUMNS - 1) } }
  const options: Sheet2JSONOpts = { header: 1, raw: false, defval: '', blankrows: false, skipHidden: true, range }
  return utils
    .sheet_to_json<readonly unknown[]>(sheet, options)
    .map((cells) =>
      cells.map((cell) =>
        String(cell ?? '')
          .replace(/\s+/g, ' ')
          .trim(),
      ),
    )
    .map((cells) => cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1).join(' | '))
    .filter((row) => row !== '')
}

function isLonger(sheet: WorkSheet, maxRows: number): boolean {
  const full = sheet['!fullref'] ?? sheet['!ref']
  if (full === undefined) return false
  const { s, e } = utils.decode_range(full)
  return e.r - s.r >= maxRows
}
