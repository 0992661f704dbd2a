import { AppError } from '../../../shared/app-error.ts'
import { createParkedStore, type ParkedMessage } from '../../store/parked-store.ts'
import type { Call, Command } from '../command.ts'
import { describeReason, describeStage } from '../describe-parked.ts'
import { findParked } from '../find-parked.ts'
import { formatTime } from '../format-time.ts'
import { printable } from '../printable.ts'
import { renderTable } from '../render-table.ts'

export const parkedShow: Command = {
  path: ['parked', 'show'],
  about: { zh: '显示一条搁置的消息及其对话', en: 'show one parked entry with its conversation' },
  operand: { name: 'ID', about: { zh: '编号，或其开头几位', en: 'its id, or how it begins' }, isMany: false },
  async run({ operands: [idStart = ''], say, database }) {
    const parked = createParkedStore(await database())
    const found = await findParked(parked, idStart, say)
    if (found.kind !== 'found') throw new AppError(`cli.${found.kind}`, found.message, { retryable: false })
    const { entry } = found
    const messages = await parked.context(entry)
    const fields = renderTable(
      [say({ zh: '编号', en: 'id' }), entry.id],
      [
        [say({ zh: '时间', en: 'time' }), formatTime(entry.at)],
        [say({ zh: '环节', en: 'stage' }), describeStage(entry.stage, say)],
        [say({ zh: '原因', en: 'reason' }), describeReason(entry.reason, say)],
        [say({ zh: '会话', en: 'conversation' }), entry.conv],
        [say({ zh: '对象', en: 'key' }), entry.key],
      ],
    )
    const sections = [
      fields,
      section(say({ zh: '对话', en: 'Conversation' }), messages.map((message) => toLine(message, say)).join('\n')),
      section(say({ zh: '内容', en: 'Content' }), printable(toReadable(entry.body))),
      say({
        zh: `重试：npm run kefu -- parked retry ${entry.id}\n关闭：npm run kefu -- parked drop ${entry.id}`,
        en: `Try again: npm run kefu -- parked retry ${entry.id}\nClose:     npm run kefu -- parked drop ${entry.id}`,
      }),
    ]
    return { json: { ...entry, messages }, text: sections.filter((text) => text !== '').join('\n\n') }
  },
}

function section(title: string, content: string): string {
  return content === '' ? '' : `${title}\n${content.replace(/^/gm, '  ')}`
}

function toLine({ origin, text, type, state, sendTime }: ParkedMessage, say: Call['say']): string {
  const who = {
    0: { zh: '系统', en: 'system' },
    3: { zh: '客户', en: 'customer' },
    5: { zh: '客服', en: 'servicer' },
  }[origin]
  const words = state === 'recalled' ? say({ zh: '（已撤回）', en: '(recalled)' }) : text || `[${type}]`
  return `${formatTime(sendTime)} ${who === undefined ? origin : say(who)}: ${printable(words)}`
}

/** What the platform sent, laid out for reading; the rest as it is. */
function toReadable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}
