/** kf/send_msg_on_event. Source: developer.work.weixin.qq.com/document/path/95122 */
import { currentState, EVENT_CODE_RULES } from '../conversation.ts'
import { refuse } from '../refuse.ts'
import { deliver, takeMsgid } from './accept-message.ts'
import { type ApiHandler, requireString } from './api-call.ts'
import { checkMessageBody } from './check-message-body.ts'
import { findAccount } from './find-parties.ts'

export const sendMsgOnEvent: ApiHandler = (platform, { endpoint, body, mishap }) => {
  const { corp, clock, switches } = platform
  const given = requireString(body, 'code')
  requireString(body, 'msgtype')
  const code = corp.code(given)
  if (code === undefined) refuse(switches.spentCodeErrcode, 'code was never issued')
  const { conversation, kind, issuedAt } = code
  const { openKfId, externalUserId } = conversation
  const rule = EVENT_CODE_RULES[kind]
  const account = findAccount(platform, openKfId)
  const msgid = takeMsgid(platform, account, body)
  if (code.used) refuse(switches.spentCodeErrcode, 'code was used before')
  if (clock.now() - issuedAt > rule.lifetimeMs) {
    refuse(switches.spentCodeErrcode, `code is older than ${rule.lifetimeMs / 1000} s`)
  }
  const state = currentState(conversation, clock.now())
  if (rule.state !== undefined && state !== rule.state) {
    refuse(state === 4 ? switches.endedSessionErrcode : 95018, `the session has moved on to state ${state}`)
  }
  if (kind === 'welcome' && switches.welcomeAfterChat === 'refused' && (conversation.lastWrittenAt ?? 0) >= issuedAt) {
    refuse(41051, 'the customer has begun to write')
  }
  const content = checkMessageBody(platform, body, { types: rule.msgtypes, menuItems: switches.eventMenuItems })
  code.used = true
  if (kind === 'welcome') conversation.welcomedAt = clock.now()
  if (switches.eventMessagesCount) conversation.sentSince += 1
  deliver(platform, { account, externalUserId, msgid, endpoint, content, mishap })
  return { msgid }
}
