// @ts-check
/** What happened, the newest first: calls that were refused, callbacks, messages both ways. */
import { clockTime, make } from '../make-node.js'
import { control } from '../simulator.js'
import { element, memberName, nameOf, view } from '../view.js'
import { describeEvent, failWords, kindName } from '../words.js'

const MAX_LOG_LINES = 200

export async function loadLog() {
  const { records } = await control('records', { since: Math.max(0, view.overview.lastSeq - MAX_LOG_LINES) })
  element('log-lines').replaceChildren()
  for (const record of records) addLogLine(record)
}

/** @param {any} record */
export function addLogLine(record) {
  const line = describe(record)
  if (line === undefined) return
  const { text, why = '', isBad = false } = line
  const item = make('li', '', make('span', 'when', `${clockTime(record.at)} `), make('span', isBad ? 'bad' : '', text))
  if (why !== '') item.append(make('span', 'why', why))
  const list = element('log-lines')
  list.prepend(item)
  while (list.childElementCount > MAX_LOG_LINES) list.lastElementChild?.remove()
}

/** @param {any} record @returns {{ text: string, why?: string, isBad?: boolean } | undefined} */
function describe(record) {
  const who = nameOf(record.externalUserId)
  const kind = kindName(record.msgtype)
  switch (record.kind) {
    case 'refused':
      return {
        text: `${record.endpoint} 被拒绝：${record.errcode} ${record.meaning}`,
        why: record.injected ? '由故障规则注入' : record.why,
        isBad: true,
      }
    case 'faulted':
      return { text: `${record.endpoint} 注入故障：${record.action}`, isBad: true }
    case 'callback':
      return describeCallback(record)
    case 'written':
      return { text: `${who} 发了一条${kind}`, why: record.msgid }
    case 'blocked':
      return { text: `${who} 发了一条${kind}，被拒收`, isBad: true }
    case 'delivered':
      return { text: `${who} 收到一条${kind}`, why: `${record.endpoint} ${record.msgid}` }
    case 'undelivered':
      return { text: `${who} 没有收到一条${kind}`, why: `${failWords(record.failType)} ${record.msgid}`, isBad: true }
    case 'recalled':
      return { text: '程序撤回了一条消息', why: record.msgid }
    case 'offered':
      return { text: record.what === 'cancelled' ? '取消了专员服务' : `推荐了专员服务：${record.target}` }
    case 'happened':
      return record.event === 'servicer_message'
        ? { text: `${memberName(record.servicerUserId)} 发了一条${kind}`, why: record.msgid }
        : { text: describeEvent(record, memberName) }
    default:
      return undefined
  }
}

/** @param {any} record */
function describeCallback(record) {
  if (record.outcome === 'accepted') return { text: `回调 #${record.callback} 已接收`, why: `${record.ms} 毫秒` }
  const words = {
    refused: `应答 ${record.status}`,
    timeout: '超时',
    unreachable: `连接不上 ${record.error}`,
    lost: '按设定丢弃',
    'not-configured': '没有设置回调地址',
  }
  return {
    text: `回调 #${record.callback} 失败：${words[/** @type {'lost'} */ (record.outcome)]}`,
    why: record.attempt > 0 ? `第 ${record.attempt} 次` : '',
    isBad: true,
  }
}
