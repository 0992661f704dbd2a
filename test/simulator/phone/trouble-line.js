// @ts-check
/** One line that says in plain words what is wrong, and nothing while all is well. */
import { element, view } from './view.js'

let isConnected = true
/** @type {any} */
let lastCallback

/** @param {boolean} value */
export function noteConnection(value) {
  isConnected = value
  renderTrouble()
}

/** @param {any} record */
export function noteCallback(record) {
  lastCallback = record
  renderTrouble()
}

export function renderTrouble() {
  const text = describe()
  const line = element('trouble')
  line.textContent = text
  line.hidden = text === ''
}

function describe() {
  if (!isConnected) return '与模拟器的连接断了，正在重新连接…（模拟器还在运行吗？）'
  const url = view.overview?.callbackUrl ?? ''
  if (url === '')
    return '还没有设置回调地址，客户的消息不会通知到程序。在 ☰ → 后台 里填写并保存，或用 --callback 启动模拟器。'
  if (lastCallback === undefined || ['accepted', 'lost', 'not-configured'].includes(lastCallback.outcome)) return ''
  const reasons = {
    timeout: '5 秒内没有应答',
    unreachable: `连接不上（${lastCallback.error}）`,
    refused: `应答状态是 ${lastCallback.status}，应为 200`,
  }
  const reason = reasons[/** @type {'timeout'} */ (lastCallback.outcome)]
  const next = lastCallback.willRetry ? '稍后再试。' : '已经放弃。'
  return `回调没有送达：${reason}，第 ${lastCallback.attempt} 次，${next}请检查接收回调的程序是否在运行、地址是否正确：${url}`
}
