/** One page of a list under an opaque cursor, which names the entry after which the next page begins. */
import { refuse } from '../refuse.ts'
import { type ApiCall, optionalInteger, optionalString } from './api-call.ts'

const DEFAULT_LIMIT = 500
const MAX_LIMIT = 1000

export interface ListPage<T> {
  entries: T[]
  nextCursor: string
  hasMore: boolean
}

/** `entries` in their order under their ids. Refuses with 40058 (limit) and 50100 (cursor). */
export function readPage<T>(entries: ReadonlyMap<string, T>, body: ApiCall['body']): ListPage<T> {
  const limit = optionalInteger(body, 'limit', DEFAULT_LIMIT)
  if (limit < 1 || limit > MAX_LIMIT) refuse(40058, `limit must be 1 to ${MAX_LIMIT}`)
  const ids = [...entries.keys()]
  const start = toStart(ids, optionalString(body, 'cursor'))
  const page = ids.slice(start, start + limit)
  const hasMore = start + limit < ids.length
  return {
    entries: page.flatMap((id) => entries.get(id) ?? []),
    nextCursor: hasMore ? Buffer.from(page.at(-1) ?? '').toString('base64url') : '',
    hasMore,
  }
}

function toStart(ids: readonly string[], cursor: string): number {
  if (cursor === '') return 0
  const index = ids.indexOf(Buffer.from(cursor, 'base64url').toString())
  if (index < 0) refuse(50100, 'cursor was not given out for this list')
  return index + 1
}
