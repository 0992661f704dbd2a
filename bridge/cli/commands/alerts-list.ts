import { listOpenAlerts } from '../../console/alerts/list-open-alerts.ts'
import { createAlertStore } from '../../store/alert-store.ts'
import type { Command } from '../command.ts'
import { wrapText } from '../display-width.ts'
import { formatTime } from '../format-time.ts'
import { printable } from '../printable.ts'

/** Longer lines are not read more easily. */
const MAX_COLUMNS = 100

export const alertsList: Command = {
  path: ['alerts', 'list'],
  about: { zh: '列出现在的告警，以及怎么办', en: 'list the alerts that are open, and what to do' },
  async run({ say, database }) {
    const alerts = await listOpenAlerts(createAlertStore(await database()))
    if (alerts.length === 0) return { json: { alerts }, text: say({ zh: '没有告警。', en: 'No alert is open.' }) }
    const columns = Math.min(MAX_COLUMNS, process.stdout.columns ?? MAX_COLUMNS)
    const indented = (text: string) => wrapText(printable(text), columns - 2).map((line) => `  ${line}`)
    const blocks = alerts.map(({ openedAt, title, detail, todo }) =>
      [
        `${formatTime(openedAt)}  ${say(title)}`,
        ...indented(say(detail)),
        ...indented(`${say({ zh: '怎么办：', en: 'What to do: ' })}${say(todo)}`),
      ].join('\n'),
    )
    return { json: { alerts }, text: blocks.join('\n\n'), isFailure: true }
  },
}
