import { formatTable, type Row } from '../support/format-table.ts'

export interface Report {
  section(title: string): void
  table(title: string, head: readonly string[], rows: readonly Row[]): void
}

/** Plain text to the terminal, as each part is done. */
export function createReport(write: (text: string) => void): Report {
  return {
    section: (title) => write(`\n## ${title}\n`),
    table: (title, head, rows) => write(`\n${title}\n\n${formatTable(head, rows)}\n`),
  }
}
