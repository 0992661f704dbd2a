import { createParkedStore } from '../../store/parked-store.ts'
import type { Command } from '../command.ts'
import { describeReason, describeStage } from '../describe-parked.ts'
import { formatTime } from '../format-time.ts'
import { limitOption, parseLimit } from '../limit-option.ts'
import { renderTable } from '../render-table.ts'
import { toShortId } from '../short-id.ts'

export const parkedList: Command = {
  path: ['parked', 'list'],
  about: { zh: '列出搁置的消息，新的在前', en: 'list what is parked, the newest first' },
  options: limitOption(),
  async run({ options, say, database }) {
    const limit = parseLimit({ options, say })
    const parked = createParkedStore(await database())
    const [entries, total] = [await parked.list(limit), await parked.countOpen()]
    const json = { total, entries: entries.map(({ body: _, ...entry }) => entry) }
    if (entries.length === 0) return { json, text: say({ zh: '没有搁置的消息。', en: 'Nothing is parked.' }) }
    const head = [
      { zh: '编号', en: 'ID' },
      { zh: '时间', en: 'TIME' },
      { zh: '环节', en: 'STAGE' },
      { zh: '客户', en: 'CUSTOMER' },
      { zh: '原因', en: 'REASON' },
    ].map(say)
    const rows = entries.map((entry) => [
      toShortId(entry.id),
      formatTime(entry.at),
      describeStage(entry.stage, say),
      entry.conv.slice(entry.conv.indexOf(':') + 1),
      describeReason(entry.reason, say),
    ])
    const more = total - entries.length
    const rest = more > 0 ? `\n${say({ zh: `另有 ${more} 条，用 --limit 查看`, en: `${more} more: use --limit` })}` : ''
    return { json, text: renderTable(head, rows) + rest }
  },
}
