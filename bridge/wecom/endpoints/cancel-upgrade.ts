import type { Endpoint } from '../endpoint.ts'
import { done } from './done.ts'

/** https://developer.work.weixin.qq.com/document/path/94674 */
export const cancelUpgrade: Endpoint<{ openKfId: string; externalUserId: string }, void> = {
  path: 'kf/customer/cancel_upgrade_service',
  method: 'POST',
  toBody: ({ openKfId, externalUserId }) => ({ open_kfid: openKfId, external_userid: externalUserId }),
  optionalFor: ({ openKfId }) => openKfId,
  response: done,
}
