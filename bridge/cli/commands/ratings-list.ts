import { createDeskStore } from '../../store/desk-store.ts'
import type { Command } from '../command.ts'
import { formatTime } from '../format-time.ts'
import { limitOption, parseLimit } from '../limit-option.ts'
import { renderTable } from '../render-table.ts'

export const ratingsList: Command = {
  path: ['ratings', 'list'],
  about: { zh: '列出客户的评价，新的在前', en: 'list what customers think, the newest first' },
  options: limitOption(),
  async run({ options, say, database }) {
    const limit = parseLimit({ options, say })
    const ratings = await createDeskStore(await database(), { graceMs: 0 }).ratings(limit)
    const json = { ratings }
    if (ratings.length === 0) return { json, text: say({ zh: '还没有评价。', en: 'There are no ratings yet.' }) }
    const head = [
      { zh: '时间', en: 'TIME' },
      { zh: '客户', en: 'CUSTOMER' },
      { zh: '评价', en: 'RATING' },
      { zh: '分值', en: 'SCORE' },
      { zh: '接待人员', en: 'SERVICER' },
    ].map(say)
    const rows = ratings.map(({ at, conv, label, score, servicerUserId }) => [
      formatTime(at),
      conv.slice(conv.indexOf(':') + 1),
      label,
      String(score),
      servicerUserId,
    ])
    return { json, text: renderTable(head, rows) }
  },
}
