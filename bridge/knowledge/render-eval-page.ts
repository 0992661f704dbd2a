/** The results of an evaluation as one HTML page that needs nothing else: bars for what is found, lines for what is refused. */
import { type Judged, type SearchReport, toRefusal } from './evaluate.ts'

export interface EvalVariant {
  name: string
  report: SearchReport
}

export interface EvalPage {
  title: string
  variants: readonly EvalVariant[]
  /** Of the first variant. */
  judged: readonly Judged[]
  threshold: number
}

const COLUMNS = [
  ['recall1', 'recall@1'],
  ['recall5', 'recall@5'],
  ['recall10', 'recall@10'],
  ['mrr10', 'MRR@10'],
] as const

export function renderEvalPage({ title, variants, judged, threshold }: EvalPage): string {
  return `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --ink: light-dark(#1c2733, #e3e8ee); --soft: light-dark(#e6ebf1, #2c3743); --one: #2f7ed8; --two: #d9583b }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink) }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
  th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--soft) }
  th:first-child, td:first-child { text-align: left }
  svg { width: 100%; height: auto; margin: 1rem 0; font: 12px system-ui, sans-serif }
  svg text { fill: currentColor }
</style>
<h1>${escapeHtml(title)}</h1>
<h2>检索 · Search</h2>
${renderTable(variants)}
${renderBars(variants)}
<h2>没有模型时直接回答 · Answering without a model</h2>
${renderLines(judged, threshold)}
</html>
`
}

function renderTable(variants: readonly EvalVariant[]): string {
  const heads = [
    '',
    ...COLUMNS.map(([, head]) => head),
    '答对 right',
    '答错 wrong',
    '误答无解 null answered',
    'p50 ms',
    'p95 ms',
  ]
  const rows = variants.map(({ name, report }) => {
    const { rightlyAnswered, wronglyAnswered, nullAnswered } = report.refusal
    const numbers = [...COLUMNS.map(([key]) => report[key]), rightlyAnswered, wronglyAnswered, nullAnswered]
    return [name, ...numbers.map(toShare), report.msP50.toFixed(1), report.msP95.toFixed(1)]
  })
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<table>${line(heads, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`
}

const [WIDTH, LEFT, ROW] = [760, 190, 18]

function renderBars(variants: readonly EvalVariant[]): string {
  const bars = COLUMNS.flatMap(([key, head], group) =>
    variants.map(({ name, report }, index) => {
      const y = group * (variants.length + 1) * ROW + index * ROW
      const width = Math.max(0, (WIDTH - LEFT - 60) * (report[key] || 0))
      return `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escapeHtml(index === 0 ? `${head} · ${name}` : name)}</text><rect x="${LEFT}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW - 5}" rx="2" fill="var(${index === 0 ? '--one' : '--two'})" opacity="${index === 0 ? 1 : 0.6}"/><text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 13}">${toShare(report[key])}</text>`
    }),
  )
  const height = COLUMNS.length * (variants.length + 1) * ROW
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="recall">${bars.join('')}</svg>`
}

function renderLines(judged: readonly Judged[], threshold: number): string {
  const steps = Array.from({ length: 41 }, (_, step) => step / 40)
  const [height, bottom, left] = [280, 240, 40]
  const x = (value: number) => left + value * (WIDTH - left - 20)
  const y = (value: number) => bottom - value * (bottom - 20)
  const points = steps.map((step) => ({ step, ...toRefusal(judged, step) }))
  const line = (key: 'rightlyAnswered' | 'wronglyAnswered' | 'nullAnswered', colour: string, dash = '') => {
    const path = points.map(
      (point) => `${x(point.step).toFixed(1)},${y(Number.isNaN(point[key]) ? 0 : point[key]).toFixed(1)}`,
    )
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`
  }
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<line x1="${left}" x2="${WIDTH - 20}" y1="${y(value)}" y2="${y(value)}" stroke="var(--soft)"/><text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${value * 100}%</text><text x="${x(value)}" y="${bottom + 16}" text-anchor="middle">${value}</text>`,
  )
  const legend = [
    ['var(--one)', '答对 answered rightly'],
    ['var(--two)', '无解却作答 null answered'],
    ['gray', '答错 answered wrongly'],
  ].map(
    ([colour, text], index) => `<text x="${left + 10 + index * 220}" y="14" style="fill:${colour}">■ ${text}</text>`,
  )
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="answered by threshold">${grid.join('')}<line x1="${x(threshold)}" x2="${x(threshold)}" y1="20" y2="${bottom}" stroke="currentColor" stroke-dasharray="3 3"/>${line('rightlyAnswered', 'var(--one)')}${line('nullAnswered', 'var(--two)')}${line('wronglyAnswered', 'gray', '4 3')}${legend.join('')}<text x="${WIDTH / 2}" y="${height - 6}" text-anchor="middle">把握到多少才回答 · threshold</text></svg>`
}

function toShare(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
