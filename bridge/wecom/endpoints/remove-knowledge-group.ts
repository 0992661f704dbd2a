import type { Endpoint } from '../endpoint.ts'
import { done } from './done.ts'

/** https://developer.work.weixin.qq.com/document/path/95971. The default group can't be removed. */
export const removeKnowledgeGroup: Endpoint<{ groupId: string }, void> = {
  path: 'kf/knowledge/del_group',
  method: 'POST',
  toBody: ({ groupId }) => ({ group_id: groupId }),
  optionalFor: () => '',
  response: done,
}
