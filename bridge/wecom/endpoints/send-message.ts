import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import type { OutgoingContent } from '../outgoing-content.ts'
import { toWireContent } from '../to-wire-content.ts'
import { sentMsgid } from './sent-msgid.ts'

const path = 'kf/send_msg'
const limits = limitsOf(path)
/** What WeCom mode answers to a business card, which only native mode documents. */
const invalidMsgtype = 40008

export interface MessageToSend {
  openKfId: string
  externalUserId: string
  /** '' lets the platform choose one. */
  msgid: string
  content: OutgoingContent
  /** Of what the content needs to have uploaded; '' when it needs nothing. */
  mediaId: string
}

/** https://developer.work.weixin.qq.com/document/path/94677. Returns the msgid. Accepted is not delivered: see `msg_send_fail`. */
export const sendMessage: Endpoint<MessageToSend, string> = {
  path,
  method: 'POST',
  toBody: ({ openKfId, externalUserId, msgid, content, mediaId }) => ({
    touser: externalUserId,
    open_kfid: openKfId,
    // An empty msgid is refused; without one the platform makes its own.
    msgid: limits.plainId('msgid', msgid === '' ? undefined : msgid, { max: 32 }),
    ...toWireContent(limits, content, mediaId),
  }),
  variantOf: ({ content }) =>
    content.type === 'business-card' ? { name: content.type, lackedAt: invalidMsgtype } : undefined,
  response: sentMsgid,
}
