/**
 * What sync_msg reads: the messages and events of one account for three days, in order. A position is a time in
 * microseconds, made strictly growing, so that a cursor of an earlier run of the simulator still means "after that time".
 */
import { DAY_MS } from './clock.ts'

const RETENTION_MS = 3 * DAY_MS

/** An entry of msg_list as it goes over the wire. */
export type LogEntry = Readonly<Record<string, unknown>>

export interface LogPage {
  entries: LogEntry[]
  /** Of the entries, in their order. */
  positions: number[]
  /** Position after the last entry of the page. */
  next: number
  hasMore: boolean
}

export interface AccountLog {
  append(entry: LogEntry): void
  /** At most `limit` entries after `position`; 0 begins with the oldest that is kept. */
  read(position: number, limit: number): LogPage
}

/** `nextPosition` grows with every call, over all accounts: pages of several of them can be put together. */
export function createAccountLog(now: () => number, nextPosition: () => number): AccountLog {
  let positions: number[] = []
  let entries: LogEntry[] = []
  let head = 0

  const forgetOld = () => {
    const oldest = (now() - RETENTION_MS) * 1000
    while (head < positions.length && (positions[head] ?? 0) < oldest) head += 1
    // Cut off in halves, so that forgetting costs the same per entry however long the log is.
    if (head > 1000 && head > positions.length / 2) {
      positions = positions.slice(head)
      entries = entries.slice(head)
      head = 0
    }
  }

  return {
    append: (entry) => {
      forgetOld()
      positions.push(nextPosition())
      entries.push(entry)
    },
    read: (position, limit) => {
      forgetOld()
      let low = head
      let high = positions.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((positions[middle] ?? 0) <= position) low = middle + 1
        else high = middle
      }
      const end = Math.min(low + limit, positions.length)
      return {
        entries: entries.slice(low, end),
        positions: positions.slice(low, end),
        next: end > low ? (positions[end - 1] ?? position) : position,
        hasMore: end < positions.length,
      }
    },
  }
}

/** One page of several logs in the order in which it happened. */
export function readTogether(logs: readonly AccountLog[], position: number, limit: number): LogPage {
  const pages = logs.map((log) => log.read(position, limit))
  const [only] = pages
  if (pages.length === 1 && only !== undefined) return only
  const all = pages
    .flatMap(({ entries, positions }) => entries.map((entry, index) => ({ entry, at: positions[index] ?? 0 })))
    .sort((a, b) => a.at - b.at)
  const page = all.slice(0, limit)
  return {
    entries: page.map(({ entry }) => entry),
    positions: page.map(({ at }) => at),
    next: page.at(-1)?.at ?? position,
    hasMore: all.length > limit || pages.some(({ hasMore }) => hasMore),
  }
}
