import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import { type Intent, intent } from './knowledge-intent.ts'
import { type PageRequest, toPageBody } from './page-cursor.ts'

const path = 'kf/knowledge/list_intent'
const limits = limitsOf(path)

export interface IntentPage {
  items: Intent[]
  nextCursor: string
  hasMore: boolean
}

interface IntentQuery extends PageRequest {
  groupId?: string | undefined
  intentId?: string | undefined
}

/** https://developer.work.weixin.qq.com/document/path/95972 */
export const listIntents: Endpoint<IntentQuery, IntentPage> = {
  path,
  method: 'POST',
  toBody: ({ groupId, intentId, ...page }) => ({ ...toPageBody(limits, page), group_id: groupId, intent_id: intentId }),
  optionalFor: () => '',
  response: z
    .looseObject({
      intent_list: z.array(intent).nullish(),
      next_cursor: z.string().nullish(),
      has_more: z.coerce.number().nullish(),
    })
    .transform(({ intent_list, next_cursor, has_more }) => ({
      items: intent_list ?? [],
      nextCursor: next_cursor ?? '',
      hasMore: has_more === 1,
    })),
}
