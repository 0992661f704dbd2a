/** The last steps of both ways to send: the msgid's rules, and the message's way to the customer. */
import type { Account } from '../corp.ts'
import { randomName } from '../identifiers.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import type { ApiCall } from './api-call.ts'
import type { OutgoingBody } from './check-message-body.ts'

/**
 * The msgid of a call, or a new one. Refuses with 40058 (its form) and 95033 (used before at this account).
 * Source: developer.work.weixin.qq.com/document/path/94677
 */
export function takeMsgid(platform: Platform, account: Account, body: ApiCall['body']): string {
  const { switches, clock } = platform
  const given = body.msgid
  if (given === undefined || given === null) return randomName(32)
  if (given === '' && switches.emptyMsgid === 'ignored') return randomName(32)
  if (typeof given !== 'string' || !/^[0-9a-zA-Z_-]{1,32}$/.test(given)) {
    refuse(40058, 'msgid must be 1 to 32 characters of [0-9a-zA-Z_-]')
  }
  if (account.sent.has(given)) refuse(95033, 'msgid was used before at this account')
  if (switches.refusedMsgidIsBurnt) account.sent.set(given, { externalUserId: '', at: clock.now() })
  return given
}

export function deliver(
  platform: Platform,
  message: { account: Account; externalUserId: string; msgid: string; endpoint: string; content: OutgoingBody },
): void {
  const { account, externalUserId, msgid, endpoint, content } = message
  account.sent.set(msgid, { externalUserId, at: platform.clock.now() })
  platform.book.add({
    kind: 'delivered',
    msgid,
    openKfId: account.openKfId,
    externalUserId,
    endpoint,
    ...content,
  })
}
