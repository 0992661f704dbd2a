/**
 * Puts the customer's nickname into a notice that has a place for it. Asking for it takes a second at most: a welcome without a name is better
 * than none.
 */
import type { NoticeClaim } from '../store/notice-store.ts'
import type { ReplyContent } from '../wecom/outgoing-content.ts'
import type { WecomClient } from '../wecom/wecom-client.ts'
import { fillPlaceholders, toShownNickname } from './fill-placeholders.ts'

const DEADLINE_MS = 1000
const PLACE = '{nickname}'

export interface FillNicknameDeps {
  getCustomers: WecomClient['getCustomers']
}

/** Never rejects for want of a name. */
export function createFillNickname({ getCustomers }: FillNicknameDeps) {
  const findNickname = async (externalUserId: string, signal: AbortSignal): Promise<string> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
    try {
      const { customers } = await getCustomers([externalUserId], limit)
      return toShownNickname(customers[0]?.nickname ?? '')
    } catch {
      return ''
    }
  }

  return async (payload: string, { externalUserId }: NoticeClaim, signal: AbortSignal): Promise<string> => {
    if (!payload.includes(PLACE)) return payload
    const nickname = await findNickname(externalUserId, signal)
    // The rows are written by insert-notice.ts alone.
    return JSON.stringify(fillPlaceholders(JSON.parse(payload) as ReplyContent, { nickname }))
  }
}
