/**
 * Opens and reads web pages and documents for the knowledge, with the same care as those that customers send, but longer ones, and whole
 * or not at all.
 */
import type { Logger } from '../logger.ts'
import { describeUnread } from './documents/describe-reading.ts'
import { createReadPictured } from './documents/read-pictured.ts'
import { createReadScanned, type ReadScannedOptions } from './documents/read-scanned.ts'
import { createReadWhole } from './documents/read-whole.ts'
import type { ReadLimits, UnreadDocument } from './documents/reading.ts'
import { loadSafeFetch } from './fetch/load-safe-fetch.ts'
import { describeFailure } from './links/describe-failure.ts'
import { createReadRecording } from './sound/read-recording.ts'
import type { AsrSettings } from './sound/transcribe.ts'
import { createParsePool } from './worker/parse-pool.ts'

export interface PageReaderOptions {
  /** Host names of ours. */
  refusedHosts: Iterable<string>
  proxyUrl?: string | undefined
  /** Of ours, told to every site. */
  name: string
  /** Hears recordings; undefined: they are named as what can't be read. */
  asr?: AsrSettings | undefined
}

const MAX_BYTES = 20_000_000
const DEADLINE_MS = 30_000
const SLOW_DEADLINE_MS = 60_000
const SCAN_FOR_MS = 1_200_000
const MAX_SCANNED_PAGES = 200
const LIMITS: ReadLimits = {
  ...{ maxChars: 2_000_000, maxPages: 2_000, maxRows: 50_000, readForMs: 45_000 },
  // Beyond it the document is too long, and not partly read.
  maxEmptyPages: MAX_SCANNED_PAGES + 1,
}

export interface PageReaderDeps {
  log: Logger
  /** Told after each scanned page how many of the document's are done. */
  onPage?: ReadScannedOptions['onPage']
  /** Told how many seconds of a recording were heard, each time. Must not throw. */
  onHeard?: ((seconds: number) => void) | undefined
}

export function createPageReader(
  { log, onPage, onHeard }: PageReaderDeps,
  { refusedHosts, proxyUrl, asr, name }: PageReaderOptions,
) {
  const pool = createParsePool({ log }, { slowDeadlineMs: SLOW_DEADLINE_MS })
  const read = createReadPictured({
    read: createReadScanned(pool, {
      ...{ enoughMs: SCAN_FOR_MS, maxPages: MAX_SCANNED_PAGES, maxChars: LIMITS.maxChars, isWhole: true, onPage },
    }),
    readPicture: pool.readPicture,
  })
  return {
    fetch: loadSafeFetch({
      ...{ refusedHosts, proxyUrl, maxBytes: MAX_BYTES, deadlineMs: DEADLINE_MS, acceptsXml: true, name },
    }),
    read: createReadWhole(createReadRecording({ read, log, asr, onHeard }), LIMITS),
    describeFailure,
    describeUnread: ({ kind, reason }: UnreadDocument) => describeUnread(kind, reason),
    close: pool.close,
  }
}
