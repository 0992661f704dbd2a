/** All that reads messages, put together: what is written, linked, drawn, said, filmed and attached. */
import { join } from 'node:path'
import type { Logger } from '../logger.ts'
import { createReadScanned } from './documents/read-scanned.ts'
import { loadSafeFetch } from './fetch/load-safe-fetch.ts'
import { createLinkReader } from './links/read-links.ts'
import { createDescribePicture, type DescribePictureOptions } from './media/describe-picture.ts'
import {
  createFetchMedia,
  type FetchMediaDeps,
  type FetchMediaOptions,
  type MediaRecords,
} from './media/fetch-media.ts'
import { createLoadImages, type LoadImages, type LoadImagesDeps } from './media/load-images.ts'
import type { KeepPicture } from './media/media-reader.ts'
import { createMediaStore } from './media/media-store.ts'
import { createReadFile } from './media/read-file.ts'
import { createReadImage } from './media/read-image.ts'
import { createUnderstandMedia } from './media/understand-media.ts'
import { createReadMessage, type ReadMessage } from './read-message.ts'
import { createSoundReaders } from './sound/create-sound-readers.ts'
import type { AsrSettings } from './sound/transcribe.ts'
import { createParsePool } from './worker/parse-pool.ts'

export interface MessageReaderDeps {
  download: FetchMediaDeps['download']
  records: MediaRecords &
    Pick<LoadImagesDeps, 'picturesOf'> & { known: (hashes: readonly string[]) => Promise<ReadonlySet<string>> }
  log: Logger
  /** Told of each answer of speech recognition whether our account is refused, by which HTTP status. Must not throw. */
  onAsrAccount?: (refusedStatus: number | undefined) => void
  /** Told of what was seen and heard by models that charge. Must not throw. */
  onSeen?: DescribePictureOptions['onUsage']
  onHeard?: (seconds: number) => void
}

export interface MessageReaderOptions {
  /** Customers' files are kept in `media` under it. */
  dataDir: string
  maxBytes: FetchMediaOptions['maxBytes']
  /** Nobody's link leads there. */
  refusedHosts: readonly string[]
  /** What links are opened through; undefined: directly. */
  outboundProxy: string | undefined
  /** A model that describes pictures; undefined: their letters are read on this machine. */
  vision: DescribePictureOptions | undefined
  /** Speech to text; undefined: voices are kept for people. */
  asr: AsrSettings | undefined
}

export interface MessageReader {
  read: ReadMessage
  loadImages: LoadImages
  /** Removes files from this machine's disk that no message has any more. */
  sweep(): Promise<void>
  /** Says in the log what this machine lacks. */
  check(): Promise<void>
  /** Ends the reading processes. */
  close(): void
}

/** A picture that was made of one: shrunk, or taken out of a film. */
const MAX_PICTURE_BYTES = 10_000_000

export function createMessageReader(deps: MessageReaderDeps, options: MessageReaderOptions): MessageReader {
  const { download, records, log, onAsrAccount, onSeen, onHeard } = deps
  const { dataDir, maxBytes, refusedHosts, outboundProxy, vision, asr } = options
  const pool = createParsePool({ log })
  const read = createReadScanned(pool)
  const store = createMediaStore({ folder: join(dataDir, 'media') })
  const keepPicture: KeepPicture = async (bytes, mime) => {
    const { head: _head, ...file } = await store.keep([bytes], MAX_PICTURE_BYTES)
    await records.keep({ hash: file.hash, kind: 'picture', bytes: file.bytes, mime })
    return { ...file, mime }
  }
  const describe = vision && createDescribePicture({ ...vision, onUsage: onSeen })
  const image = createReadImage({ readPicture: pool.readPicture, keepPicture, describe, log })
  const { voice, video, check } = createSoundReaders({
    asr,
    keepPicture,
    readImage: image,
    log,
    onAsrAccount,
    onAsrTaken: onHeard,
  })
  const readers = { image, voice, video, file: createReadFile({ read }) }
  const fetchPage = loadSafeFetch({ refusedHosts: [...refusedHosts], proxyUrl: outboundProxy })
  return {
    read: createReadMessage({
      log,
      readLinks: createLinkReader({ fetch: fetchPage, read }),
      understand: createUnderstandMedia({
        fetch: createFetchMedia({ download, store, records }, { maxBytes }),
        readers,
      }),
    }),
    loadImages: createLoadImages({ store, picturesOf: records.picturesOf }),
    async sweep() {
      const files = await store.sweep(records.known)
      if (files > 0) log.info('media.swept', { files })
    },
    check,
    close: pool.close,
  }
}
