/**
 * Opens and reads web pages and documents for the knowledge, with the same care as those that customers send, but longer ones, and whole
 * or not at all.
 */
import type { Logger } from '../logger.ts'
import { describeUnread } from './documents/describe-reading.ts'
import { createReadPictured } from './documents/read-pictured.ts'
import { createReadScanned } from './documents/read-scanned.ts'
import { createReadWhole } from './documents/read-whole.ts'
import type { ReadLimits, UnreadDocument } from './documents/reading.ts'
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
const SLOW_DEADLINE_MS = 60_000
const SCAN_FOR_MS = 120_000
const LIMITS: ReadLimits = { maxChars: 2_000_000, maxPages: 2_000, maxRows: 50_000, readForMs: 45_000 }

export function createPageReader({ log }: { log: Logger }, { refusedHosts, proxyUrl }: PageReaderOptions) {
  const pool = createParsePool({ log }, { slowDeadlineMs: SLOW_DEADLINE_MS })
  const read = createReadPictured({
    read: createReadScanned(pool, { enoughMs: SCAN_FOR_MS }),
    readPicture: pool.readPicture,
  })
  return {
    fetch: createSafeFetch({ refusedHosts, proxyUrl, maxBytes: MAX_BYTES, deadlineMs: DEADLINE_MS, acceptsXml: true }),
    read: createReadWhole(read, LIMITS),
    describeFailure,
    describeUnread: ({ kind, reason }: UnreadDocument) => describeUnread(kind, reason),
    close: pool.close,
  }
}
