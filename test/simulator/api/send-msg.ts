/** kf/send_msg. Source: developer.work.weixin.qq.com/document/path/94677 */
import { type Conversation, currentState, enterState, WINDOW_MS } from '../conversation.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { deliver, takeMsgid } from './accept-message.ts'
import { type ApiHandler, requireString } from './api-call.ts'
import { checkMessageBody } from './check-message-body.ts'
import { findAccount, findCustomer } from './find-parties.ts'

export const sendMsg: ApiHandler = (platform, { endpoint, body, mishap }) => {
  const openKfId = requireString(body, 'open_kfid')
  const touser = requireString(body, 'touser')
  requireString(body, 'msgtype')
  const account = findAccount(platform, openKfId)
  const { externalUserId } = findCustomer(platform, touser)
  const msgid = takeMsgid(platform, account, body)
  const conversation = platform.corp.conversation(openKfId, externalUserId)
  checkServes(platform, externalUserId)
  checkMaySend(platform, conversation)
  const content = checkMessageBody(platform, body, { menuItems: platform.switches.menuItems })
  if (content.msgtype === 'business_card') spendCard(platform, conversation)
  conversation.sentSince += 1
  platform.tally.assistantReplied(conversation)
  // The first message of the API hands a new session to the assistant.
  if (conversation.state === 0) enterState(conversation, 1)
  deliver(platform, { account, externalUserId, msgid, endpoint, content, mishap })
  return { msgid }
}

function checkMaySend({ switches, clock }: Platform, conversation: Conversation): void {
  const { lastWrittenAt, state, sentSince } = conversation
  if (lastWrittenAt === undefined || state === 4) {
    refuse(switches.endedSessionErrcode, 'the session has not begun, or has ended')
  }
  const isOverdue = clock.now() - lastWrittenAt > WINDOW_MS
  const current = currentState(conversation, clock.now())
  if (current === 2 || current === 3) refuse(95018, `the session is in state ${current}`)
  if (isOverdue) refuse(switches.overdueErrcode, 'the customer last wrote more than 48 hours ago')
  if (sentSince >= switches.messagesPerCustomerMessage) {
    refuse(95001, `${sentSince} messages were sent since the customer last wrote`)
  }
}

/** An unverified company serves so many customers in all. */
function checkServes({ corp, switches }: Platform, externalUserId: string): void {
  const isNew = !corp.served.has(externalUserId)
  if (isNew && !switches.corpVerified && corp.served.size >= switches.unverifiedCustomers) {
    refuse(95003, `an unverified company serves ${switches.unverifiedCustomers} customers`)
  }
}

/** One business card in 48 h, to a customer who has written something of their own in 48 h. */
function spendCard({ clock }: Platform, conversation: Conversation): void {
  const since = clock.now() - WINDOW_MS
  if ((conversation.initiatedAt ?? Number.NEGATIVE_INFINITY) < since) {
    refuse(95024, 'the customer wrote nothing of their own in 48 hours')
  }
  if ((conversation.cardSentAt ?? Number.NEGATIVE_INFINITY) >= since)
    refuse(95025, 'a card was sent in the last 48 hours')
  conversation.cardSentAt = clock.now()
}
