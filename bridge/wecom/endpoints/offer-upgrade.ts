import type { Endpoint } from '../endpoint.ts'
import { done } from './done.ts'

export interface UpgradeOffer {
  openKfId: string
  externalUserId: string
  /** What the customer reads with the offer. */
  wording?: string | undefined
  /** The member or the group chat that the customer is to be added to. */
  to: { userId: string } | { groupChatId: string }
}

/** https://developer.work.weixin.qq.com/document/path/94674 */
export const offerUpgrade: Endpoint<UpgradeOffer, void> = {
  path: 'kf/customer/upgrade_service',
  method: 'POST',
  toBody: ({ openKfId, externalUserId, wording, to }) => ({
    open_kfid: openKfId,
    external_userid: externalUserId,
    ...('userId' in to
      ? { type: 1, member: { userid: to.userId, wording } }
      : { type: 2, groupchat: { chat_id: to.groupChatId, wording } }),
  }),
  optionalFor: ({ openKfId }) => openKfId,
  response: done,
}
