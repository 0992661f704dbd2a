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

const CAUSES: Readonly<Record<string, Text>> = {
  'asked-for-person': { zh: '客户要求', en: 'asked for' },
  menu: { zh: '客户点选菜单', en: 'by menu' },
  'no-answer': { zh: '没有可靠的答案', en: 'no reliable answer' },
  model: { zh: '模型判断', en: "the model's verdict" },
  dissatisfied: { zh: '客户多次不满', en: 'complaints' },
  outage: { zh: '模型不可用', en: 'no model answered' },
  stale: { zh: '等待过久', en: 'waited too long' },
  sensitive: { zh: '客户消息含敏感词', en: 'a sensitive word' },
  'sensitive-answer': { zh: '回答含敏感词', en: 'a sensitive word in the answer' },
  idle: { zh: '客户静默', en: 'silence' },
  'found-with-person': { zh: '平台显示人工在接待', en: 'the platform says a person has it' },
  'person-gone': { zh: '平台显示人工已离开', en: 'the platform says the person is gone' },
  'servicer-taken': { zh: '接待人员接入', en: 'taken by a servicer' },
  'servicer-transferred': { zh: '接待人员转接', en: 'passed on by a servicer' },
  'servicer-ended': { zh: '接待人员结束', en: 'ended by a servicer' },
  'servicer-reopened': { zh: '接待人员重新打开', en: 're-opened by a servicer' },
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
      const [stateText, causeText] = [STATES[state], CAUSES[cause]]
      return [
        formatTime(at),
        conv.slice(conv.indexOf(':') + 1),
        stateText === undefined ? String(state) : say(stateText),
        servicerUserId,
        causeText === undefined ? cause : say(causeText),
      ]
    })
    return { json, text: renderTable(head, rows) }
  },
}
