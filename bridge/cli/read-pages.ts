/** Everything of a list that the platform gives page by page. */
export interface ListPage<T> {
  items: T[]
  nextCursor: string
  hasMore: boolean
}

/** Ends also when the platform repeats a cursor. */
export async function readPages<T>(read: (cursor: string) => Promise<ListPage<T>>): Promise<T[]> {
  const items: T[] = []
  const seen = new Set<string>()
  let cursor = ''
  while (!seen.has(cursor)) {
    seen.add(cursor)
    const page = await read(cursor)
    items.push(...page.items)
    if (!page.hasMore) break
    cursor = page.nextCursor
  }
  return items
}
