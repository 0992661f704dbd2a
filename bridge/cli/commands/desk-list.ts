import { toCauseText } from '../../console/parked-words.ts'
import { createDeskStore } from '../../store/desk-store.ts'
import type { Command } from '../command.ts'
import { formatTime } from '../format-time.ts'
import type { Text } from '../language.ts'
import { limitOption, parseLimit } from '../limit-option.ts'
import { renderTable } from '../render-table.ts'

const STATES: Readonly<Record<number, Text>> = {
  0: { zh: '机器人', en: 'bot' },
  1: { zh: '机器人', en: 'bot' },
  2: { zh: '待接入池', en: 'pool' },
  3: { zh: '人工', en: 'person' },
  4: { zh: '已结束', en: 'ended' },
}

export const deskList: Command = {
  path: ['desk', 'list'],
  about: { zh: '列出会话的转接与原因，新的在前', en: 'list who took conversations and why, the newest first' },
  options: limitOption(),
  async run({ options, say, database }) {
    const limit = parseLimit({ options, say })
    const changes = await createDeskStore(await database(), { graceMs: 0 }).changes(limit)
    const json = { changes }
    if (changes.length === 0) return { json, text: say({ zh: '还没有转接。', en: 'Nobody has taken over yet.' }) }
    const head = [
      { zh: '时间', en: 'TIME' },
      { zh: '客户', en: 'CUSTOMER' },
      { zh: '现由', en: 'NOW WITH' },
      { zh: '接待人员', en: 'SERVICER' },
      { zh: '原因', en: 'CAUSE' },
    ].map(say)
    const rows = changes.map(({ at, conv, state, servicerUserId, cause }) => {
      const stateText = STATES[state]
      return [
        formatTime(at),
        conv.slice(conv.indexOf(':') + 1),
        stateText === undefined ? String(state) : say(stateText),
        servicerUserId,
        say(toCauseText(cause)),
      ]
    })
    return { json, text: renderTable(head, rows) }
  },
}
