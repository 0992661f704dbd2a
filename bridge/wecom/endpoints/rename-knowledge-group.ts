import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { done } from './done.ts'

const path = 'kf/knowledge/mod_group'
const limits = limitsOf(path)

/** https://developer.work.weixin.qq.com/document/path/95971. The default group can't be renamed. */
export const renameKnowledgeGroup: Endpoint<{ groupId: string; name: string }, void> = {
  path,
  method: 'POST',
  toBody: ({ groupId, name }) => ({ group_id: groupId, name: limits.characters('name', name, { max: 12 }) }),
  optionalFor: () => '',
  response: done,
}
