/**
 * Why an accepted message did not reach the customer: `fail_type` of the event `msg_send_fail`, which comes by sync_msg after
 * send_msg has answered 0. https://developer.work.weixin.qq.com/document/path/94670; 7 and 9 are from an older version of it.
 */
import type { ErrorAction, ErrorMeaning } from './error-table.ts'

const rows: readonly (readonly [failType: number, action: ErrorAction, meaning: string, meaningEn: string])[] = [
  [0, 'unknown', '未知原因', 'unknown'],
  [1, 'alert', '客服账号已删除', 'the account was deleted'],
  [2, 'alert', '应用已关闭', 'the app was closed'],
  [4, 'hand-over', '会话已超过 48 小时', 'the session is older than 48 hours'],
  [5, 'hand-over', '会话已关闭', 'the session was closed'],
  [6, 'hand-over', '超过 5 条消息的限制', 'more than five messages since the customer last wrote'],
  [7, 'alert', '企业未绑定视频号', 'the corp has bound no channel'],
  [8, 'alert', '企业主体未验证', 'the corp is not verified'],
  [9, 'alert', '企业未绑定视频号且主体未验证', 'the corp has bound no channel and is not verified'],
  [10, 'hand-over', '客户拒收消息', 'the customer refuses messages'],
  [11, 'alert', '企业没有成员登录过企业微信 App', 'no member has logged in to the WeCom app'],
  [12, 'drop', '客服组件禁止发送该类型的消息', 'the component forbids this msgtype'],
  [13, 'drop', '安全限制', 'a security restriction'],
]

const table: ReadonlyMap<number, ErrorMeaning> = new Map(
  rows.map(([failType, action, meaning, meaningEn]) => [failType, { meaning, meaningEn, action }]),
)

/** The row of a `fail_type`; an unheard-of one is treated as 0. */
export function describeFailType(failType: number): ErrorMeaning {
  return table.get(failType) ?? { meaning: '未知原因', meaningEn: 'unknown', action: 'unknown' }
}
