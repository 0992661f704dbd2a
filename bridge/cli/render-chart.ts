/** Bars for a terminal, one a row, as long as their numbers. */
import { renderTable } from './render-table.ts'

export interface Bar {
  label: string
  value: number
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** The longest bar takes `width` columns. */
export function renderChart(title: string, bars: readonly Bar[], width = 40): string {
  const most = Math.max(0, ...bars.map(({ value }) => value))
  const rows = bars.map(({ label, value }) => [label, toBar(most === 0 ? 0 : (value / most) * width), `${value}`])
  return renderTable([title, '', ''], rows)
}

function toBar(columns: number): string {
  const eighths = Math.round(columns * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}
