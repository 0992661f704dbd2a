import { toPurposeText } from '../../console/purpose-words.ts'
import { createSpendStore, type SpendRow } from '../../store/spend-store.ts'
import type { Call, Command } from '../command.ts'
import { openSpending } from '../open-spending.ts'
import { parseCount } from '../parse-count.ts'
import { renderTable } from '../render-table.ts'

const DAY_MS = 86_400_000
/** Days: nowhere on earth is it earlier than that. */
const MOST_APART = 2
const MICROS = 1_000_000
const MAX_DAYS = 800

export const spend: Command = {
  path: ['spend'],
  about: { zh: '各项模型花费：按天、账号、用途、模型', en: 'what models cost, by day, account, purpose and model' },
  options: {
    days: {
      type: 'string',
      value: 'N',
      about: { zh: '最近几天，默认 1（今天）', en: 'the last N days; 1, today, by default' },
    },
  },
  async run(call) {
    const { options, say, database } = call
    const days = parseCount('days', options.days, { fallback: 1, max: MAX_DAYS, say })
    const opened = await database()
    const { dayOf } = await openSpending(opened)
    // A day is the account's own; '' stands for those of what serves all accounts.
    const firstOf = (openKfId: string) => daysBefore(dayOf(openKfId), days - 1)
    const first = firstOf('')
    const found = await createSpendStore(opened).since(daysBefore(first, MOST_APART))
    const rows = found.filter(({ day, openKfId }) => day >= firstOf(openKfId))
    const costMicros = rows.reduce((sum, row) => sum + row.costMicros, 0)
    const unpriced = rows.reduce((sum, row) => sum + row.unpriced, 0)
    const json = { since: first, costMicros, unpriced, rows }
    if (rows.length === 0) {
      return { json, text: say({ zh: `自 ${first} 没有付费调用。`, en: `No paid call since ${first}.` }) }
    }
    const total = `${toYuan(costMicros)}`
    const note =
      unpriced === 0
        ? []
        : [
            say({
              zh: `另有 ${unpriced} 次调用不知道价格或用量，没有算在内：用 settings set answer.prices 填上价格。`,
              en: `${unpriced} more calls are not in it, as their price or amount is unknown: set answer.prices.`,
            }),
          ]
    return { json, text: [toTable(rows, say), say({ zh: `合计 ${total} 元`, en: `${total} CNY` }), ...note].join('\n') }
  },
}

/** `day` as in `2026-11-22`. */
function daysBefore(day: string, count: number): string {
  return new Date(Date.parse(day) - count * DAY_MS).toISOString().slice(0, 10)
}

function toTable(rows: readonly SpendRow[], say: Call['say']): string {
  const head = [
    { zh: '日期', en: 'DAY' },
    { zh: '账号', en: 'ACCOUNT' },
    { zh: '用途', en: 'FOR' },
    { zh: '模型', en: 'MODEL' },
    { zh: '次数', en: 'CALLS' },
    { zh: '用量', en: 'AMOUNT' },
    { zh: '元', en: 'CNY' },
  ].map(say)
  return renderTable(
    head,
    rows.map((row) => [
      row.day,
      row.openKfId === '' ? say({ zh: '共用', en: 'shared' }) : row.openKfId,
      say(toPurposeText(row.purpose)),
      row.model,
      String(row.calls),
      row.soundMs > 0 ? `${Math.round(row.soundMs / 1000)} s` : `${row.inputTokens}+${row.outputTokens} tokens`,
      toCost(row, say),
    ]),
  )
}

function toCost({ costMicros, unpriced, calls }: SpendRow, say: Call['say']): string {
  if (unpriced === 0) return toYuan(costMicros)
  const unknown = say({ zh: '未知', en: 'unknown' })
  return unpriced === calls ? unknown : `${toYuan(costMicros)} + ${unknown} ×${unpriced}`
}

function toYuan(micros: number): string {
  return (micros / MICROS).toFixed(4)
}
