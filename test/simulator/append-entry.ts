/** Puts a message or an event into an account's log and calls back that something is new. */
import { randomName } from './identifiers.ts'
import type { Platform } from './platform.ts'
import { refuse } from './refuse.ts'

/** Entries of msg_list by `origin`. Source: developer.work.weixin.qq.com/document/path/94670 */
export const ORIGIN = { customer: 3, system: 4, servicer: 5 } as const

export interface NewEntry {
  openKfId: string
  origin: number
  msgtype: string
  /** Goes under the key named like msgtype; undefined for the types that have no body. */
  body: unknown
  /** Left out of events, which carry their ids inside. */
  externalUserId?: string
  servicerUserId?: string
}

/** Returns the msgid. */
export function appendEntry(platform: Platform, entry: NewEntry): string {
  const { corp, clock, syncTokens, callbacks } = platform
  const account = corp.accounts.get(entry.openKfId)
  if (account === undefined) refuse(95004, 'no such account')
  const msgid = randomName(40)
  const { msgtype, body, externalUserId, servicerUserId } = entry
  account.log.append({
    msgid,
    ...(msgtype === 'event' ? {} : { open_kfid: entry.openKfId }),
    ...(externalUserId === undefined ? {} : { external_userid: externalUserId }),
    send_time: Math.floor(clock.now() / 1000),
    origin: entry.origin,
    ...(servicerUserId === undefined ? {} : { servicer_userid: servicerUserId }),
    msgtype,
    ...(body === undefined ? {} : { [msgtype]: body }),
  })
  callbacks.nudge(entry.openKfId, syncTokens.issue(entry.openKfId))
  return msgid
}

/** In native mode no other event is documented; the rest happens without a word. */
const NATIVE_EVENTS = ['enter_session', 'msg_send_fail', 'user_recall_msg']

/** An event goes into the log and into the records. Returns the msgid, '' for one that the mode does not tell of. */
export function appendEvent(
  platform: Platform,
  openKfId: string,
  externalUserId: string,
  event: Readonly<Record<string, unknown>> & { event_type: string },
): string {
  const isTold = platform.switches.mode === 'wecom' || NATIVE_EVENTS.includes(event.event_type)
  const body = { ...event, open_kfid: openKfId, ...(externalUserId === '' ? {} : { external_userid: externalUserId }) }
  const msgid = isTold ? appendEntry(platform, { openKfId, origin: ORIGIN.system, msgtype: 'event', body }) : ''
  platform.book.add({ kind: 'happened', msgid, openKfId, externalUserId, event: event.event_type, body })
  return msgid
}
