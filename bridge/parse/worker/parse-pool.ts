/**
 * Reads documents and pictures in processes of their own, so that whatever a document does to its reader costs that document alone. Three
 * lanes of one process each: what is small is read in the quick one, what is large, or takes too long there, in the slow one, and
 * pictures in the third. So nobody's short document waits longer than the quick lane's deadline for somebody else's long one, and
 * within a lane everybody has their turn: ten files of one customer hold up another's by one at most.
 */
import { AppError } from '../../../shared/app-error.ts'
import type { Logger } from '../../logger.ts'
import { DEFAULT_LIMITS, type DocumentSource, type Reading, type ReadLimits, unread } from '../documents/reading.ts'
import { type PictureReading, type PictureSource, type PictureWishes, unseen } from '../pictures/picture-reading.ts'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import type { ReadingOf, ReadRequest } from './reading-process.ts'
import { type ReadEnd, type Reader, type ReaderLimits, startReader } from './start-reader.ts'

export interface ParsePoolOptions extends Partial<Omit<ReaderLimits, 'forPictures'>> {
  /** Default 3,000. */
  quickDeadlineMs?: number
  /** Default 20,000. */
  slowDeadlineMs?: number
  /** Default 15,000. */
  pictureDeadlineMs?: number
  /** Of the process that reads pictures. Default 512. */
  pictureMemoryMb?: number
  /** Larger documents begin in the slow lane. Default 1,000,000. */
  quickMaxBytes?: number
  /** What waits in one lane; beyond, it is `parse.busy`. Default 200. */
  maxWaiting?: number
  /** A process without work ends after this time. Default 60,000. */
  idleMs?: number
}

export interface ParsePoolDeps {
  log: Logger
  /** Tests look at what is started. */
  start?: (limits: ReaderLimits) => Reader
}

/** Something that waits on disk, so that a queue of large files is not in memory. */
export interface Waiting<Source> {
  bytes: number
  /** Called at its turn. */
  load: () => Promise<Source>
}

export interface ReadOptions {
  limits?: ReadLimits
  /** Whose it is, for their turn: a conversation's id. */
  conv?: string
}

export interface ParsePool {
  /**
   * Rejects with the reason of `signal`, as `load` does, with `parse.busy` and with `parse.no-reader`, both of which pass; all that is the
   * document's own doing is a reading that says so.
   */
  read(source: DocumentSource | Waiting<DocumentSource>, signal: AbortSignal, options?: ReadOptions): Promise<Reading>
  /** Rejects like `read`. */
  readPicture(
    source: PictureSource | Waiting<PictureSource>,
    wishes: PictureWishes,
    signal: AbortSignal,
    options?: Pick<ReadOptions, 'conv'>,
  ): Promise<PictureReading>
  /** Ends the processes; what is still read then is `parse.no-reader`. */
  close(): void
}

interface Lane {
  name: 'quick' | 'slow' | 'picture'
  deadlineMs: number
  /** A process that has grown so far is not kept. */
  keepBelowMb: number
  reader: Reader | undefined
  queue: FairQueue
  idle: NodeJS.Timeout | undefined
}

const KEEP_BELOW_MB = 180
/** The models and their space are about 250 MB, and large pictures grow it. */
const KEEP_PICTURES_BELOW_MB = 320

export function createParsePool(
  { log, start = startReader }: ParsePoolDeps,
  options: ParsePoolOptions = {},
): ParsePool {
  const { quickDeadlineMs = 3_000, slowDeadlineMs = 20_000, pictureDeadlineMs = 15_000 } = options
  const { quickMaxBytes = 1_000_000, maxWaiting = 200, idleMs = 60_000 } = options
  const { heapMb = 256, memoryMb = 400, pictureMemoryMb = 512 } = options
  const toLane = (name: Lane['name'], deadlineMs: number, keepBelowMb = KEEP_BELOW_MB): Lane => ({
    ...{ name, deadlineMs, keepBelowMb, reader: undefined, queue: createFairQueue(), idle: undefined },
  })
  const quick = toLane('quick', quickDeadlineMs)
  const slow = toLane('slow', slowDeadlineMs)
  const pictures = toLane('picture', pictureDeadlineMs, KEEP_PICTURES_BELOW_MB)
  let isClosed = false

  const release = (lane: Lane) => {
    clearTimeout(lane.idle)
    lane.reader?.kill()
    lane.reader = undefined
  }

  const readNow = async <Request extends ReadRequest>(lane: Lane, request: Request, signal: AbortSignal) => {
    if (isClosed) throw new AppError('parse.no-reader', 'reading has been stopped', { retryable: true })
    clearTimeout(lane.idle)
    if (lane.reader?.isAlive() !== true) {
      const forPictures = lane === pictures
      lane.reader = start({ heapMb, memoryMb: forPictures ? pictureMemoryMb : memoryMb, forPictures })
    }
    const { reader } = lane
    try {
      return await reader.read(request, lane.deadlineMs, signal)
    } finally {
      if ((reader.memoryMb() ?? 0) > lane.keepBelowMb) reader.kill()
      lane.idle = setTimeout(() => release(lane), idleMs)
      lane.idle.unref()
    }
  }

  /** One that is called off leaves the queue at its turn. */
  const enqueue = async <Request extends ReadRequest>(
    lane: Lane,
    conv: string,
    load: () => Promise<Request>,
    signal: AbortSignal,
  ): Promise<ReadEnd<Request>> => {
    if (lane.queue.size >= maxWaiting) throw new AppError('parse.busy', 'too many documents wait', { retryable: true })
    return lane.queue.run(conv, async () => {
      signal.throwIfAborted()
      const request = await load()
      return readNow(lane, request, signal)
    })
  }

  /** In the first lane, and when it takes too long there, in the second. Undefined when it was too much for its reader. */
  const readIn = async <Request extends ReadRequest>(
    lanes: readonly [Lane, ...Lane[]],
    bytes: number,
    load: () => Promise<Request>,
    signal: AbortSignal,
    conv: string,
  ): Promise<ReadingOf<Request> | undefined> => {
    const startedAt = performance.now()
    const [first, second] = lanes
    let lane = first
    let end = await enqueue(first, conv, load, signal)
    if (end.kind === 'gone' && end.why === 'time' && second !== undefined) {
      lane = second
      end = await enqueue(second, conv, load, signal)
    }
    const fields = { lane: lane.name, bytes, ms: Math.round(performance.now() - startedAt) }
    if (end.kind === 'done') {
      log.debug('parse.read', { ...fields, outcome: end.reading.outcome })
      return end.reading
    }
    log.warn('parse.reader-gone', { ...fields, why: end.why })
    return undefined
  }

  return {
    async read(source, signal, { limits = DEFAULT_LIMITS, conv = '' } = {}) {
      const bytes = sizeOf(source)
      const load = async () => ({ source: await loaded(source), limits })
      const lanes = bytes > quickMaxBytes ? ([slow] as const) : ([quick, slow] as const)
      return (await readIn(lanes, bytes, load, signal, conv)) ?? unread('unknown', 'too-heavy')
    },
    async readPicture(source, wishes, signal, { conv = '' } = {}) {
      const load = async () => ({ picture: await loaded(source), wishes })
      return (await readIn([pictures], sizeOf(source), load, signal, conv)) ?? unseen('too-heavy')
    },
    close() {
      isClosed = true
      for (const lane of [quick, slow, pictures]) release(lane)
    },
  }
}

function sizeOf(source: { bytes: Uint8Array } | Waiting<unknown>): number {
  return typeof source.bytes === 'number' ? source.bytes : source.bytes.length
}

async function loaded<Source extends object>(source: Source | Waiting<Source>): Promise<Source> {
  return 'load' in source ? source.load() : source
}
