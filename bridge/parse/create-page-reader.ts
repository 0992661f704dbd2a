/** Opens and reads web pages and documents for the knowledge, with the same care as those that customers send. */
import type { Logger } from '../logger.ts'
import { describeUnread } from './documents/describe-reading.ts'
import type { UnreadDocument } from './documents/reading.ts'
import { createSafeFetch } from './fetch/safe-fetch.ts'
import { describeFailure } from './links/describe-failure.ts'
import { createParsePool } from './worker/parse-pool.ts'

export interface PageReaderOptions {
  /** Host names of ours. */
  refusedHosts: Iterable<string>
  proxyUrl?: string | undefined
}

const MAX_BYTES = 20_000_000
const DEADLINE_MS = 30_000

export function createPageReader({ log }: { log: Logger }, { refusedHosts, proxyUrl }: PageReaderOptions) {
  const pool = createParsePool({ log })
  return {
    fetch: createSafeFetch({ refusedHosts, proxyUrl, maxBytes: MAX_BYTES, deadlineMs: DEADLINE_MS, acceptsXml: true }),
    read: pool.read,
    describeFailure,
    describeUnread: ({ kind, reason }: UnreadDocument) => describeUnread(kind, reason),
    close: pool.close,
  }
}
