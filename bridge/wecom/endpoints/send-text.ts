import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import type { OutgoingText } from '../wecom-client.ts'
import { refused, refusedByLimit } from '../wecom-error.ts'

const path = 'kf/send_msg'
const maxTextBytes = 2048

/**
 * https://developer.work.weixin.qq.com/document/path/94677. The platform cuts a longer text silently, maybe inside a character,
 * so it is refused here.
 */
export const sendText: Endpoint<OutgoingText, void> = {
  path,
  method: 'POST',
  toBody: ({ openKfId, externalUserId, msgid, text }) => {
    const bytes = Buffer.byteLength(text)
    if (bytes > maxTextBytes) throw refusedByLimit(path, 45002, 'text.content', bytes, maxTextBytes)
    if (text.trim() === '') throw refused(path, 44004)
    if (!/^[\w-]{0,32}$/.test(msgid)) throw refused(path, 40058)
    return {
      touser: externalUserId,
      open_kfid: openKfId,
      // An empty msgid is refused; without one the platform makes its own.
      ...(msgid === '' ? {} : { msgid }),
      msgtype: 'text',
      text: { content: text },
    }
  },
  // Some successes leave errcode out, but `{}` from something in between is no proof that the platform has the message.
  response: z
    .looseObject({ errcode: z.coerce.number().optional(), msgid: z.string().optional() })
    .refine(({ errcode, msgid }) => errcode === 0 || msgid !== undefined)
    .transform(() => undefined),
}
