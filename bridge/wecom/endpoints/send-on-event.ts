import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import type { Menu } from '../outgoing-content.ts'
import { toText, toWireMenu } from '../to-wire-content.ts'
import { sentMsgid } from './sent-msgid.ts'

const path = 'kf/send_msg_on_event'
const limits = limitsOf(path)
const mostItems = 10

export interface EventMessage {
  /** From the event or the change of state that it answers; works once, for 20 seconds or 48 hours. */
  code: string
  /** '' lets the platform choose one. */
  msgid: string
  /** A menu only for a welcome and at the end of a session. */
  content: { type: 'text'; text: string } | Menu
}

/** https://developer.work.weixin.qq.com/document/path/95122. Returns the msgid. */
export const sendOnEvent: Endpoint<EventMessage, string> = {
  path,
  method: 'POST',
  toBody: ({ code, msgid, content }) => ({
    code: limits.holds('code', code, code !== '', 'is given'),
    msgid: limits.plainId('msgid', msgid === '' ? undefined : msgid, { max: 32 }),
    msgtype: content.type === 'text' ? 'text' : 'msgmenu',
    ...(content.type === 'text'
      ? { text: { content: toText(limits, 'text.content', content.text) } }
      : { msgmenu: toWireMenu(limits, content, mostItems) }),
  }),
  response: sentMsgid,
}
