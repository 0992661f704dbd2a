/** kf/recall_msg, in native mode. The message stays counted. Known from SDKs: ooiai/wxkefu-rs src/recall_msg.rs */
import { MINUTE_MS } from '../clock.ts'
import { refuse } from '../refuse.ts'
import { type ApiHandler, requireString } from './api-call.ts'
import { findAccount } from './find-parties.ts'

const RECALL_WITHIN_MS = 2 * MINUTE_MS

export const recallMsg: ApiHandler = (platform, { body }) => {
  const msgid = requireString(body, 'msgid')
  const account = findAccount(platform, requireString(body, 'open_kfid'))
  const sent = account.sent.get(msgid)
  // A msgid that was burnt by a refused call is no message either.
  if (sent === undefined || sent.externalUserId === '' || sent.isRecalled) refuse(95028, 'no such message of the API')
  if (platform.clock.now() - sent.at > RECALL_WITHIN_MS) refuse(95029, 'the message is older than two minutes')
  sent.isRecalled = true
  const { openKfId } = account
  platform.book.add({ kind: 'recalled', msgid, openKfId, externalUserId: sent.externalUserId })
  return {}
}
