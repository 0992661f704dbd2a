import type { MessageText } from './message-text.ts'
import { type Fields, readLine } from './read-fields.ts'

const names: Readonly<Record<string, string>> = {
  enter_session: '客户进入会话',
  msg_send_fail: '消息发送失败',
  servicer_status_change: '接待人员状态变更',
  session_status_change: '会话状态变更',
  user_recall_msg: '客户撤回了一条消息',
  servicer_recall_msg: '接待人员撤回了一条消息',
  reject_customer_msg_switch_change: '拒收客户消息开关变更',
}

/** For people who read the log of a conversation; no event is shown to the model as somebody's words. */
export function describeEvent(body: Fields): MessageText {
  const type = readLine(body, 'event_type', 64)
  const name = Object.hasOwn(names, type) ? names[type] : type
  const text = `[事件] ${name ?? ''}`.trim()
  return { text, title: text }
}
