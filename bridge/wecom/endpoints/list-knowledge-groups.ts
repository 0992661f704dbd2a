import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { type PageRequest, toPageBody } from './page-cursor.ts'

const path = 'kf/knowledge/list_group'
const limits = limitsOf(path)

export interface KnowledgeGroup {
  groupId: string
  name: string
  isDefault: boolean
}

export interface KnowledgeGroupPage {
  items: KnowledgeGroup[]
  nextCursor: string
  hasMore: boolean
}

/** https://developer.work.weixin.qq.com/document/path/95971 */
export const listKnowledgeGroups: Endpoint<PageRequest & { groupId?: string | undefined }, KnowledgeGroupPage> = {
  path,
  method: 'POST',
  toBody: ({ groupId, ...page }) => ({ ...toPageBody(limits, page), group_id: groupId }),
  optionalFor: () => '',
  response: z
    .looseObject({
      group_list: z
        .array(
          z.looseObject({
            group_id: z.string().min(1),
            name: z.string().nullish(),
            is_default: z.coerce.number().nullish(),
          }),
        )
        .nullish(),
      next_cursor: z.string().nullish(),
      has_more: z.coerce.number().nullish(),
    })
    .transform(({ group_list, next_cursor, has_more }) => ({
      items: (group_list ?? []).map(({ group_id, name, is_default }) => ({
        groupId: group_id,
        name: name ?? '',
        isDefault: is_default === 1,
      })),
      nextCursor: next_cursor ?? '',
      hasMore: has_more === 1,
    })),
}
