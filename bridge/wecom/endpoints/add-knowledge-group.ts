import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'

const path = 'kf/knowledge/add_group'
const limits = limitsOf(path)

/** https://developer.work.weixin.qq.com/document/path/95971. At most 100 groups, names unique. Returns the group's id. */
export const addKnowledgeGroup: Endpoint<{ name: string }, string> = {
  path,
  method: 'POST',
  toBody: ({ name }) => ({ name: limits.characters('name', name, { max: 12 }) }),
  optionalFor: () => '',
  response: z.looseObject({ group_id: z.string().min(1) }).transform(({ group_id }) => group_id),
}
