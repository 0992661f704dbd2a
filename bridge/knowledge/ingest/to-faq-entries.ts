/** The rows of a table as questions with answers. Columns are known by their heads; without heads the first asks and the last answers. */
export interface FaqEntry {
  question: string
  similar: readonly string[]
  answer: string
  /** As written; what they are is looked at elsewhere. */
  attachments: readonly string[]
}

const HEADS = {
  question: /^(标准)?(问题|问句|提问|标题|question|q)$/i,
  similar: /^(相似|扩展|同义|其他|similar)/i,
  answer: /^(答案|回答|回复|答复|内容|answer|a)$/i,
  attachments: /^(附件|素材|attachments?)$/i,
} as const

/** The first row that says which column is which; undefined when none of the first does. */
export function isFaqTable(rows: readonly (readonly string[])[]): boolean {
  return findHead(rows) !== undefined
}

/** Rows without a question or an answer are left out. Two rows with one question are one entry; the last answer counts. */
export function toFaqEntries(rows: readonly (readonly string[])[]): FaqEntry[] {
  const head = findHead(rows)
  const read = head === undefined ? readBare : readByHead(head.columns)
  const entries = new Map<string, FaqEntry>()
  for (const row of rows.slice(head === undefined ? 0 : head.row + 1)) {
    const entry = read(row.map((cell) => cell.trim()))
    if (entry.question === '' || entry.answer === '') continue
    const known = entries.get(entry.question)
    const similar = [...new Set([...(known?.similar ?? []), ...entry.similar])]
    entries.set(entry.question, { ...entry, similar: similar.filter((text) => text !== entry.question) })
  }
  return [...entries.values()]
}

type Column = keyof typeof HEADS

const MAX_HEAD_ROW = 5

function findHead(
  rows: readonly (readonly string[])[],
): { row: number; columns: readonly (Column | undefined)[] } | undefined {
  for (const [row, cells] of rows.slice(0, MAX_HEAD_ROW).entries()) {
    const columns = cells.map((cell) => (Object.keys(HEADS) as Column[]).find((name) => HEADS[name].test(cell.trim())))
    if (columns.includes('question') && columns.includes('answer')) return { row, columns }
  }
  return undefined
}

function readByHead(columns: readonly (Column | undefined)[]): (cells: readonly string[]) => FaqEntry {
  return (cells) => {
    const of = (column: Column) => cells.filter((_, index) => columns[index] === column)
    return {
      question: of('question')[0] ?? '',
      similar: of('similar').flatMap(splitCell),
      answer: of('answer').filter(Boolean).join('\n'),
      attachments: of('attachments')
        .flatMap((cell) => cell.split(cell.trim().startsWith('{') ? '\n' : /\n|;|；/))
        .map((text) => text.trim())
        .filter(Boolean),
    }
  }
}

function readBare(cells: readonly string[]): FaqEntry {
  const [question = '', ...rest] = cells
  return { question, similar: rest.slice(0, -1).flatMap(splitCell), answer: rest.at(-1) ?? '', attachments: [] }
}

/** Several in one cell: a line each, or with bars or semicolons between them. */
function splitCell(cell: string): string[] {
  return cell
    .split(/\n|\||;|；|｜/)
    .map((text) => text.trim())
    .filter((text) => text !== '')
}
