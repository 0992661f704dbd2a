/**
 * Brings a file of a customer from the platform to our disk, once: what was brought for this message before, and is still there, is taken
 * from the disk, also after the platform's three days. What it can't bring for good is a result that says so.
 * Source: https://developer.work.weixin.qq.com/document/path/90254
 */
import { isAppError } from '../../../shared/app-error.ts'
import type { StoredMedia } from './media-reader.ts'
import type { KeptFile, MediaStore } from './media-store.ts'
import { type MediaKind, sniffMime } from './sniff-media.ts'

export interface WantedMedia {
  msgid: string
  /** The platform's. */
  mediaId: string
  /** As what it was sent. */
  kind: MediaKind
}

export type FetchedMedia =
  | { outcome: 'stored'; media: StoredMedia; head: Uint8Array }
  | {
      outcome: 'failed'
      /** `expired`: older than three days. `refused`: the platform won't give it, for a reason that stays. */
      reason: 'expired' | 'too-large' | 'refused' | 'empty'
    }

/** Rejects with what passes: the platform is away or busy (`wecom.…`), the disk is full (`media.disk`), `signal`. */
export type FetchMedia = (wanted: WantedMedia, signal: AbortSignal) => Promise<FetchedMedia>

export interface MediaRecord {
  hash: string
  kind: string
  bytes: number
  mime: string
}

export interface MediaRecords {
  /** What is known of a file that a message brought. */
  find(msgid: string, source: string): Promise<(MediaRecord & { name: string }) | undefined>
  /** That there is such a file, and that it came with this message. `source` tells several of a message apart. */
  link(msgid: string, source: string, record: MediaRecord & { name: string }): Promise<void>
  /** That there is such a file, which belongs to no message yet. */
  keep(record: MediaRecord): Promise<void>
}

export interface FetchMediaDeps {
  download: (
    mediaId: string,
    signal: AbortSignal,
    options: { maxBytes: number },
  ) => Promise<{ name: string; contentType: string; body: AsyncIterable<Uint8Array> }>
  store: MediaStore
  records: MediaRecords
}

export interface FetchMediaOptions {
  maxBytes: Readonly<Record<MediaKind, number>>
  /** For a whole file. Default 120,000. */
  deadlineMs?: number
}

/** Of a media id that is unknown, over or missing. */
const EXPIRED: ReadonlySet<unknown> = new Set([40007, 40145, 41006])

export function createFetchMedia(
  { download, store, records }: FetchMediaDeps,
  { maxBytes, deadlineMs = 120_000 }: FetchMediaOptions,
): FetchMedia {
  const findKept = async ({ msgid, mediaId }: WantedMedia): Promise<FetchedMedia | undefined> => {
    const known = await records.find(msgid, mediaId)
    const file = known && (await store.find(known.hash))
    // A file that was cut off by a crash of the machine is brought again.
    if (known === undefined || file === undefined || file.bytes !== known.bytes) return undefined
    return { outcome: 'stored', media: toMedia(file, known.mime, known.name), head: file.head }
  }

  return async (wanted, signal) => {
    const { msgid, mediaId, kind } = wanted
    if (mediaId === '') return { outcome: 'failed', reason: 'refused' }
    const kept = await findKept(wanted)
    if (kept !== undefined) return kept
    try {
      const whole = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
      const { name, contentType, body } = await download(mediaId, whole, { maxBytes: maxBytes[kind] })
      const file = await store.keep(body, maxBytes[kind])
      if (file.bytes === 0) return { outcome: 'failed', reason: 'empty' }
      const mime = sniffMime(file.head, contentType)
      await records.link(msgid, mediaId, { hash: file.hash, kind, bytes: file.bytes, mime, name })
      return { outcome: 'stored', media: toMedia(file, mime, name), head: file.head }
    } catch (error) {
      signal.throwIfAborted()
      const reason = toReason(error)
      if (reason === undefined) throw error
      return { outcome: 'failed', reason }
    }
  }
}

function toMedia({ path, hash, bytes }: KeptFile, mime: string, name: string): StoredMedia {
  return { path, hash, bytes, mime, ...(name !== '' && { name }) }
}

/** Undefined for what passes. */
function toReason(error: unknown): Extract<FetchedMedia, { outcome: 'failed' }>['reason'] | undefined {
  if (isAppError(error, 'media.too-large')) return 'too-large'
  if (isAppError(error, 'wecom.unreachable')) return error.details.reason === 'too-large' ? 'too-large' : undefined
  if (!isAppError(error, 'wecom.refused')) return undefined
  if (EXPIRED.has(error.details.errcode)) return 'expired'
  return error.retryable ? undefined : 'refused'
}
