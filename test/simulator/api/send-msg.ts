/** kf/send_msg. Source: developer.work.weixin.qq.com/document/path/94677 */
import { type Conversation, currentState, enterState, WINDOW_MS } from '../conversation.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { deliver, takeMsgid } from './accept-message.ts'
import { type ApiHandler, requireString } from './api-call.ts'
import { checkMessageBody } from './check-message-body.ts'
import { findAccount, findCustomer } from './find-parties.ts'

export const sendMsg: ApiHandler = (platform, { endpoint, body }) => {
  const openKfId = requireString(body, 'open_kfid')
  const touser = requireString(body, 'touser')
  requireString(body, 'msgtype')
  const account = findAccount(platform, openKfId)
  const { externalUserId } = findCustomer(platform, touser)
  const msgid = takeMsgid(platform, account, body)
  const conversation = platform.corp.conversation(openKfId, externalUserId)
  checkMaySend(platform, conversation)
  const content = checkMessageBody(platform, body)
  conversation.sentSince += 1
  // The first message of the API hands a new session to the assistant.
  if (conversation.state === 0) enterState(conversation, 1)
  deliver(platform, { account, externalUserId, msgid, endpoint, content })
  return { msgid }
}

function checkMaySend({ switches, clock }: Platform, conversation: Conversation): void {
  const { lastWrittenAt, state, sentSince } = conversation
  if (lastWrittenAt === undefined) refuse(switches.endedSessionErrcode, 'the customer has not written yet')
  if (state === 4) refuse(switches.endedSessionErrcode, 'the session has ended')
  const isOverdue = clock.now() - lastWrittenAt > WINDOW_MS
  const current = currentState(conversation, clock.now())
  if (current === 2 || current === 3) refuse(95018, `the session is in state ${current}`)
  if (isOverdue) refuse(switches.overdueErrcode, 'the customer last wrote more than 48 hours ago')
  if (sentSince >= switches.messagesPerCustomerMessage) {
    refuse(95001, `${sentSince} messages were sent since the customer last wrote`)
  }
}
