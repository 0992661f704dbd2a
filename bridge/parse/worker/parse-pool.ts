/**
 * Reads documents in processes of their own, so that whatever a document does to its reader costs that document alone. Two lanes of
 * one process each: what is small is read in the quick one, and what is large, or takes too long there, in the slow one. So
 * nobody's short document waits longer than the quick lane's deadline for somebody else's long one.
 */
import { AppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import { DEFAULT_LIMITS, type DocumentSource, type Reading, type ReadLimits, unread } from '../documents/reading.ts'
import { type ReadEnd, type Reader, type ReaderLimits, startReader } from './start-reader.ts'

export interface ParsePoolOptions extends Partial<ReaderLimits> {
  /** Default 3,000. */
  quickDeadlineMs?: number
  /** Default 20,000. */
  slowDeadlineMs?: number
  /** Larger documents begin in the slow lane. Default 1,000,000. */
  quickMaxBytes?: number
  /** Documents that wait in one lane; beyond, it is `parse.busy`. Default 200. */
  maxWaiting?: number
  /** A process without work ends after this time. Default 60,000. */
  idleMs?: number
}

export interface ParsePoolDeps {
  log: Logger
  /** Tests look at what is started. */
  start?: (limits: ReaderLimits) => Reader
}

export interface ParsePool {
  /**
   * Rejects with the reason of `signal`, with `parse.busy` and with `parse.no-reader`, both of which pass; all that is the document's own
   * doing is a reading that says so.
   */
  read(source: DocumentSource, signal: AbortSignal, limits?: ReadLimits): Promise<Reading>
  /** Ends the processes; what is still read then is `parse.no-reader`. */
  close(): void
}

interface Lane {
  name: 'quick' | 'slow'
  deadlineMs: number
  reader: Reader | undefined
  waiting: number
  /** The end of the queue. */
  tail: Promise<unknown>
  idle: NodeJS.Timeout | undefined
}

/** A process that has grown so far is not kept. */
const KEEP_BELOW_MB = 180

export function createParsePool(
  { log, start = startReader }: ParsePoolDeps,
  options: ParsePoolOptions = {},
): ParsePool {
  const { quickDeadlineMs = 3_000, slowDeadlineMs = 20_000, quickMaxBytes = 1_000_000 } = options
  const { maxWaiting = 200, idleMs = 60_000, heapMb = 256, memoryMb = 400 } = options
  const toLane = (name: Lane['name'], deadlineMs: number): Lane => ({
    ...{ name, deadlineMs, reader: undefined, waiting: 0, tail: Promise.resolve(), idle: undefined },
  })
  const quick = toLane('quick', quickDeadlineMs)
  const slow = toLane('slow', slowDeadlineMs)
  let isClosed = false

  const release = (lane: Lane) => {
    clearTimeout(lane.idle)
    lane.reader?.kill()
    lane.reader = undefined
  }

  const readNow = async (lane: Lane, source: DocumentSource, limits: ReadLimits, signal: AbortSignal) => {
    if (isClosed) throw new AppError('parse.no-reader', 'reading has been stopped', { retryable: true })
    clearTimeout(lane.idle)
    if (lane.reader?.isAlive() !== true) lane.reader = start({ heapMb, memoryMb })
    const { reader } = lane
    try {
      return await reader.read({ source, limits }, lane.deadlineMs, signal)
    } finally {
      if ((reader.memoryMb() ?? 0) > KEEP_BELOW_MB) reader.kill()
      lane.idle = setTimeout(() => release(lane), idleMs)
      lane.idle.unref()
    }
  }

  /** In the order of arrival. One that is called off leaves the queue at its turn. */
  const enqueue = async (
    lane: Lane,
    source: DocumentSource,
    limits: ReadLimits,
    signal: AbortSignal,
  ): Promise<ReadEnd> => {
    if (lane.waiting >= maxWaiting) throw new AppError('parse.busy', 'too many documents wait', { retryable: true })
    lane.waiting += 1
    const turn = lane.tail.then(() => {
      signal.throwIfAborted()
      return readNow(lane, source, limits, signal)
    })
    lane.tail = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      lane.waiting -= 1
    }
  }

  return {
    async read(source, signal, limits = DEFAULT_LIMITS) {
      const startedAt = performance.now()
      let lane = source.bytes.length > quickMaxBytes ? slow : quick
      let end = await enqueue(lane, source, limits, signal)
      if (end.kind === 'gone' && end.why === 'time' && lane === quick) {
        lane = slow
        end = await enqueue(lane, source, limits, signal)
      }
      const fields = { lane: lane.name, bytes: source.bytes.length, ms: Math.round(performance.now() - startedAt) }
      if (end.kind === 'done') {
        const { outcome, kind } = end.reading
        log.debug('parse.read', { ...fields, kind, outcome })
        return end.reading
      }
      log.warn('parse.reader-gone', { ...fields, why: end.why })
      return unread('unknown', 'too-heavy')
    },
    close() {
      isClosed = true
      release(quick)
      release(slow)
    },
  }
}
