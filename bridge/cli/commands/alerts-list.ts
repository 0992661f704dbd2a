import { listOpenAlerts } from '../../console/alerts/list-open-alerts.ts'
import { createAlertStore } from '../../store/alert-store.ts'
import type { Command } from '../command.ts'
import { formatTime } from '../format-time.ts'
import { renderTable } from '../render-table.ts'

export const alertsList: Command = {
  path: ['alerts', 'list'],
  about: { zh: '列出现在的告警，以及怎么办', en: 'list the alerts that are open, and what to do' },
  async run({ say, database }) {
    const alerts = await listOpenAlerts(createAlertStore(await database()))
    if (alerts.length === 0) return { json: { alerts }, text: say({ zh: '没有告警。', en: 'No alert is open.' }) }
    const head = [
      { zh: '自', en: 'SINCE' },
      { zh: '告警', en: 'ALERT' },
      { zh: '详情', en: 'DETAIL' },
      { zh: '怎么办', en: 'WHAT TO DO' },
    ].map(say)
    const rows = alerts.map(({ openedAt, title, detail, todo }) => [
      formatTime(openedAt),
      say(title),
      say(detail),
      say(todo),
    ])
    return { json: { alerts }, text: renderTable(head, rows), isFailure: true }
  },
}
