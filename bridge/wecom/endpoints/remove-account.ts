import type { Endpoint } from '../endpoint.ts'
import { done } from './done.ts'

/** https://developer.work.weixin.qq.com/document/path/94663 */
export const removeAccount: Endpoint<{ openKfId: string }, void> = {
  path: 'kf/account/del',
  method: 'POST',
  toBody: ({ openKfId }) => ({ open_kfid: openKfId }),
  optionalFor: ({ openKfId }) => openKfId,
  response: done,
}
