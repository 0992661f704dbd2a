/** How the platform pages its knowledge base: a cursor that is empty on the first page. */
import type { Limits } from '../limits.ts'

export interface PageRequest {
  cursor?: string | undefined
  /** 1 to 1000; the platform takes 500 when it is left out. */
  limit?: number | undefined
}

export function toPageBody(limits: Limits, { cursor, limit }: PageRequest) {
  const isAllowed = limit === undefined || (limit >= 1 && limit <= 1000)
  return {
    cursor: cursor === '' ? undefined : cursor,
    limit: limits.holds('limit', limit, isAllowed, 'is between 1 and 1000'),
  }
}
