import type { Endpoint } from '../endpoint.ts'
import { done } from './done.ts'

/**
 * Only what the API sent, within two minutes; the place in the quota is not given back. Documented for the native mode alone:
 * https://kf.weixin.qq.com/api/doc
 */
export const recallMessage: Endpoint<{ openKfId: string; msgid: string }, void> = {
  path: 'kf/recall_msg',
  method: 'POST',
  toBody: ({ openKfId, msgid }) => ({ open_kfid: openKfId, msgid }),
  optionalFor: ({ openKfId }) => openKfId,
  response: done,
}
