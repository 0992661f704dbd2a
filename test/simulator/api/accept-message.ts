/** The last steps of both ways to send: the msgid's rules, and the message's way to the customer. */
import { appendEvent } from '../append-entry.ts'
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
  if (switches.refusedMsgidIsBurnt) account.sent.set(given, { externalUserId: '', at: clock.now(), isRecalled: false })
  return given
}

/** Brings the message to the customer, or does not: accepted is not delivered. */
export function deliver(
  platform: Platform,
  message: {
    account: Account
    externalUserId: string
    msgid: string
    endpoint: string
    content: OutgoingBody
    mishap: ApiCall['mishap']
  },
): void {
  const { corp, clock, book } = platform
  const { account, externalUserId, msgid, endpoint, content } = message
  const { openKfId } = account
  account.sent.set(msgid, { externalUserId, at: clock.now(), isRecalled: false })
  corp.served.add(externalUserId)
  const failType = toFailType(platform, openKfId, externalUserId, message.mishap)
  if (failType === undefined) {
    book.add({ kind: 'delivered', msgid, openKfId, externalUserId, endpoint, ...content })
    return
  }
  book.add({ kind: 'undelivered', msgid, openKfId, externalUserId, endpoint, failType, ...content })
  appendEvent(platform, openKfId, externalUserId, {
    event_type: 'msg_send_fail',
    fail_msgid: msgid,
    fail_type: failType,
  })
}

const REFUSED_BY_CUSTOMER = 10

/** undefined when the message arrives. */
function toFailType(
  { corp, switches, chance }: Platform,
  openKfId: string,
  externalUserId: string,
  mishap: ApiCall['mishap'],
): number | undefined {
  if (mishap?.kind === 'undelivered') return mishap.failType
  if (corp.conversation(openKfId, externalUserId).blockedByCustomer) return REFUSED_BY_CUSTOMER
  return chance.hits(switches.sendFailChance) ? switches.sendFailType : undefined
}
