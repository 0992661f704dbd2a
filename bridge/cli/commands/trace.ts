import { AppError } from '../../../shared/app-error.ts'
import { createStoryStore, type Story } from '../../store/story-store.ts'
import type { Call, Command } from '../command.ts'
import { describeCause, describeReason, describeStage } from '../describe-parked.ts'
import { wrapText } from '../display-width.ts'
import { formatTime } from '../format-time.ts'
import type { Text } from '../language.ts'
import { printable } from '../printable.ts'

/** Longer lines are not read more easily. */
const MAX_COLUMNS = 100
const MIN_COLUMNS = 60
const AFTER_COLUMNS = 9

interface Step {
  at: number
  what: Text
}

export const trace: Command = {
  path: ['trace'],
  about: { zh: '一条消息的全部经过，带时间', en: 'the whole story of one message, with times' },
  operand: {
    name: 'MSGID',
    about: {
      zh: '客户消息或我们回复的 msgid（日志里有）',
      en: "a msgid of the customer's message or of our reply, as in the log",
    },
    isMany: false,
  },
  async run({ operands: [msgid = ''], say, database }) {
    const opened = await database()
    const story = await createStoryStore(opened).read(msgid)
    if (story === undefined) {
      const message = say({
        zh: `没有这条消息：${printable(msgid)}（可能已过保存期限）`,
        en: `there is no message ${printable(msgid)}; it may be older than what is kept`,
      })
      throw new AppError('cli.missing', message, { retryable: false })
    }
    const { message } = story
    const steps = toSteps(story, say).toSorted((one, other) => one.at - other.at)
    const begin = steps[0]?.at ?? message.receivedAt
    const width = Math.min(MAX_COLUMNS, process.stdout.columns ?? MAX_COLUMNS)
    const head = [
      ...wrapText(`${message.msgid}  ${message.type}  ${formatTime(message.sendTime).slice(0, 10)}`, width),
      ...wrapText(message.conv ?? '', width),
    ]
    const rows = steps.flatMap(({ at, what }) => toLines(`${toClock(at)}  ${toAfter(at - begin)}`, say(what), width))
    const ends = describeEnd(story, opened.now(), say).flatMap((text) => wrapText(say(text), width))
    const lines = [head.filter(Boolean).join('\n'), rows.join('\n'), ...(ends.length > 0 ? [ends.join('\n')] : [])]
    const { text: _, ...rest } = message
    return { json: { ...story, message: rest }, text: lines.join('\n\n') }
  },
}

function toSteps({ message, replies, parts, parked, desk }: Story, say: Call['say']): Step[] {
  const steps: Step[] = [
    {
      at: message.sendTime,
      what: { zh: '客户发出（平台时间，整秒）', en: "sent, by the platform's clock in whole seconds" },
    },
    { at: message.receivedAt, what: { zh: '已拉取并存下', en: 'pulled and stored' } },
  ]
  if (message.parsedAt > 0) steps.push({ at: message.parsedAt, what: { zh: '内容已读取', en: 'its content was read' } })
  for (const reply of replies) {
    const { fromSeq, uptoSeq, inputTokens, outputTokens, latencyMs } = reply
    const which = fromSeq === uptoSeq ? `${fromSeq}` : `${fromSeq}–${uptoSeq}`
    const by = [reply.answerer, reply.model].filter(Boolean).join(' ')
    const tokens = inputTokens + outputTokens === 0 ? '' : `, ${inputTokens}+${outputTokens} tokens`
    steps.push({
      at: reply.createdAt,
      what: {
        zh: `回答已存下：答第 ${which} 条，${by === '' ? '固定内容' : `${by}，用时 ${latencyMs} ms${tokens}`}`,
        en: `answer stored: for ${which}, ${by === '' ? 'fixed words' : `${by}, took ${latencyMs} ms${tokens}`}`,
      },
    })
  }
  for (const part of parts) {
    const name = `${part.kind} ${part.msgid}`
    const failed = part.err === '' ? '' : ` (${describeReason(part.err, say)})`
    const tries =
      part.attempts === 0
        ? { zh: '', en: '' }
        : { zh: `（重试 ${part.attempts} 次）`, en: ` (${part.attempts} more tries)` }
    if (part.state === 'sent') {
      steps.push({ at: part.sentAt, what: { zh: `已送出${tries.zh}：${name}`, en: `sent${tries.en}: ${name}` } })
    } else {
      steps.push({
        at: part.createdAt,
        what: {
          zh: `${describePart(part.state).zh}${tries.zh}：${name}${failed}`,
          en: `${describePart(part.state).en}${tries.en}: ${name}${failed}`,
        },
      })
    }
  }
  for (const entry of parked) {
    const what = `${describeStage(entry.stage, say)}, ${describeReason(entry.reason, say)}`
    const id = entry.id.slice(0, 8)
    steps.push({ at: entry.at, what: { zh: `搁置 ${id}：${what}`, en: `parked ${id}: ${what}` } })
    if (entry.closedAt > 0) {
      steps.push({ at: entry.closedAt, what: { zh: `搁置 ${id} 已处理`, en: `parked ${id} was dealt with` } })
    }
  }
  for (const change of desk) {
    const who = change.servicer === '' ? '' : ` ${change.servicer}`
    const state = DESK_STATES[change.state] ?? { zh: String(change.state), en: String(change.state) }
    steps.push({
      at: change.at,
      what: {
        zh: `会话转为${state.zh}${who}：${describeCause(change.cause, say)}`,
        en: `session: ${state.en}${who}, ${describeCause(change.cause, say)}`,
      },
    })
  }
  return steps
}

/** https://developer.work.weixin.qq.com/document/path/94669 */
const DESK_STATES: Readonly<Record<number, Text>> = {
  0: { zh: '未处理', en: 'not taken' },
  1: { zh: '智能助手', en: 'the bot' },
  2: { zh: '待接入池', en: 'the waiting pool' },
  3: { zh: '人工', en: 'a person' },
  4: { zh: '已结束', en: 'ended' },
}

const PART_STATES: Readonly<Record<string, Text>> = {
  ready: { zh: '等待送出', en: 'to be sent' },
  sending: { zh: '正在送出', en: 'on its way' },
  failed: { zh: '未送达', en: 'not delivered' },
  held: { zh: '超出额度，等客户再次发言', en: 'over the quota, waits until the customer writes' },
  cancelled: { zh: '不再送出', en: 'called off' },
}

function describePart(state: string): Text {
  return PART_STATES[state] ?? { zh: state, en: state }
}

function describeEnd({ message, replies, parts, waiting }: Story, now: number, say: Call['say']): Text[] {
  if (message.state === 'recalled') return [{ zh: '客户已撤回。', en: 'The customer took it back.' }]
  if (message.state === 'new' || message.state === 'provisional') {
    const why = message.lastError === '' ? '' : ` (${describeReason(message.lastError, say)}, ${message.attempts})`
    return [{ zh: `内容还在读取${why}。`, en: `Its content is still being read${why}.` }]
  }
  if (waiting !== undefined) {
    const seconds = Math.max(0, Math.round((waiting.due - now) / 1000))
    const why = waiting.lastError === '' ? '' : ` (${describeReason(waiting.lastError, say)}, ${waiting.attempts})`
    if (waiting.desk !== 'bot') return [{ zh: '由人工接待中。', en: 'A person has the conversation.' }]
    return [{ zh: `等待回答，${seconds} 秒后${why}。`, en: `Waits for its answer, due in ${seconds} s${why}.` }]
  }
  if (replies.length > 0 || parts.length > 0) return []
  if (message.type === 'event')
    return [{ zh: '平台的事件，不需要回答。', en: 'An event of the platform: nothing to answer.' }]
  return [
    {
      zh: '没有自动回答，也不再等待：由人工处理，或按规则不回答。',
      en: 'Not answered by the bot, and nothing waits: a person has it, or the rules say so.',
    },
  ]
}

/** What happened stands beside its time; in a narrow terminal, below it. */
function toLines(when: string, what: string, width: number): string[] {
  if (width < MIN_COLUMNS)
    return [when.replace(/ +/g, ' '), ...wrapText(printable(what), width - 2).map((line) => `  ${line}`)]
  const [first = '', ...rest] = wrapText(printable(what), width - when.length - 2)
  return [`${when}  ${first}`, ...rest.map((line) => ' '.repeat(when.length + 2) + line)]
}

function toClock(at: number): string {
  return `${formatTime(at).slice(11)}.${String(at % 1000).padStart(3, '0')}`
}

function toAfter(ms: number): string {
  const span = Math.abs(ms) < 10_000 ? `+${ms} ms` : `+${(ms / 1000).toFixed(1)} s`
  return span.padStart(AFTER_COLUMNS)
}
