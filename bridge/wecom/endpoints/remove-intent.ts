import type { Endpoint } from '../endpoint.ts'
import { done } from './done.ts'

/** https://developer.work.weixin.qq.com/document/path/95972 */
export const removeIntent: Endpoint<{ intentId: string }, void> = {
  path: 'kf/knowledge/del_intent',
  method: 'POST',
  toBody: ({ intentId }) => ({ intent_id: intentId }),
  optionalFor: () => '',
  response: done,
}
