/**
 * A file that a customer sent, as a stream: it is never whole in memory. One that is too large for a single answer comes in ranges of
 * 16 MB, and a connection that is cut is taken up where it stopped. Ranges begin and end at multiples of 16 bytes, as resources
 * that are stored encrypted demand.
 *
 * A failure comes as HTTP 200 with JSON. A customer's file may be JSON too, but it has a Content-Disposition.
 * Source: https://developer.work.weixin.qq.com/document/path/90254
 */
import { isAppError } from '../../shared/app-error.ts'
import { networkCode, parseJson, throwIfRefused } from './call.ts'
import { unreachable } from './wecom-error.ts'

export interface MediaDownload {
  /** As the sender named it; '' when the platform does not say. */
  name: string
  /** '' when the platform does not say. */
  contentType: string
  /** Bytes of the whole file; undefined when the platform does not say. */
  size: number | undefined
  /** Can be read once. Rejects like a call; then what was read is not the whole file. */
  body: AsyncIterable<Uint8Array>
}

export interface DownloadMediaDeps {
  /** Ends in `/cgi-bin`. */
  apiBase: string
  fetch: typeof fetch
  /** Runs one request with a token, under the limits. */
  run: <T>(path: string, operate: (token: string) => Promise<T>, signal: AbortSignal) => Promise<T>
  /** Until the headers, and between two pieces of the body. Default 10,000. */
  deadlineMs?: number
  /** Of one range, a multiple of 16. Default 16 MiB; the platform gives at most 20 MB. */
  rangeBytes?: number
}

export interface DownloadOptions {
  /** Larger files are refused with `wecom.unreachable`, reason `too-large`. Default: none. */
  maxBytes?: number
}

export type DownloadMedia = (mediaId: string, signal: AbortSignal, options?: DownloadOptions) => Promise<MediaDownload>

/** An open answer. */
interface Piece {
  headers: Headers
  body: ReadableStream<Uint8Array>
  /** Bytes of the whole file. */
  total: number | undefined
  watch: Watch
}

const path = 'media/get'
const useRange = 830002
const alignment = 16
/** In a row, each with hardly a byte. */
const mostResumes = 3
const progressBytes = 64 * 1024
const longestRefusal = 64 * 1024

export function createDownloadMedia(deps: DownloadMediaDeps): DownloadMedia {
  const { fetch, run, deadlineMs = 10_000, rangeBytes = 16 * 1024 * 1024 } = deps
  const base = deps.apiBase.replace(/\/+$/, '')

  /** The whole file, or the part in `range`, whose end is not inclusive. */
  function open(
    mediaId: string,
    range: { start: number; end: number } | undefined,
    signal: AbortSignal,
  ): Promise<Piece> {
    return run(
      path,
      async (token) => {
        const query = new URLSearchParams({ media_id: mediaId, access_token: token })
        const watch = createWatch(deadlineMs, signal)
        const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end - 1}` }
        try {
          const response = await fetch(`${base}/${path}?${query}`, {
            redirect: 'manual',
            signal: watch.signal,
            headers,
          })
          await throwIfNoFile(response)
          const { body } = response
          if (body === null) throw unreachable(path, 'shape', { fields: 'body' })
          return { headers: response.headers, body, total: totalOf(response, range?.start ?? 0), watch }
        } catch (error) {
          throw toFailure(error, watch, signal)
        } finally {
          watch.rest()
        }
      },
      signal,
    )
  }

  async function openFirst(mediaId: string, signal: AbortSignal): Promise<Piece> {
    try {
      return await open(mediaId, undefined, signal)
    } catch (error) {
      if (!isAppError(error, 'wecom.refused') || error.details.errcode !== useRange) throw error
      return open(mediaId, { start: 0, end: rangeBytes }, signal)
    }
  }

  async function* read(first: Piece, mediaId: string, maxBytes: number, signal: AbortSignal) {
    const { total } = first
    let piece = first
    let done = 0
    let overlap = 0
    let resumes = 0
    for (;;) {
      const before = done
      let failure: Error | undefined
      try {
        for await (const bytes of chunksOf(piece)) {
          const fresh = bytes.subarray(Math.min(overlap, bytes.length))
          overlap -= bytes.length - fresh.length
          done += fresh.length
          if (done > maxBytes) throw unreachable(path, 'too-large', { maxBytes })
          if (fresh.length > 0) yield fresh
        }
      } catch (error) {
        failure = toFailure(error, piece.watch, signal)
      }
      // Without a length the end of the answer is the end of the file.
      if (failure === undefined && (total === undefined || done >= total)) return
      resumes = done - before > progressBytes ? 0 : resumes + 1
      const mayResume = total !== undefined && !signal.aborted && done <= maxBytes && resumes <= mostResumes
      if (!mayResume) throw failure ?? unreachable(path, 'network')
      overlap = done % alignment
      const start = done - overlap
      piece = await open(mediaId, { start, end: Math.min(start + rangeBytes, total) }, signal)
    }
  }

  return async (mediaId, signal, { maxBytes = Number.POSITIVE_INFINITY } = {}) => {
    const first = await openFirst(mediaId, signal)
    if (first.total !== undefined && first.total > maxBytes) {
      await first.body.cancel().catch(() => undefined)
      throw unreachable(path, 'too-large', { maxBytes, found: first.total })
    }
    return {
      name: nameOf(first.headers.get('content-disposition') ?? ''),
      contentType: first.headers.get('content-type') ?? '',
      size: first.total,
      body: read(first, mediaId, maxBytes, signal),
    }
  }
}

/** Aborts what takes too long while it is armed: a reader that is slow itself is nobody's fault. */
interface Watch {
  signal: AbortSignal
  isLate: () => boolean
  arm: () => void
  rest: () => void
}

function createWatch(deadlineMs: number, caller: AbortSignal): Watch {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const watch: Watch = {
    signal: AbortSignal.any([controller.signal, caller]),
    isLate: () => controller.signal.aborted,
    arm: () => {
      clearTimeout(timer)
      timer = setTimeout(() => controller.abort(), deadlineMs)
    },
    rest: () => clearTimeout(timer),
  }
  watch.arm()
  return watch
}

async function throwIfNoFile(response: Response): Promise<void> {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  if (status === 200 && !headers.has('content-disposition') && /json|text\/plain/i.test(type)) {
    const text = await response.text()
    if (text.length <= longestRefusal) throwIfRefused(path, parseJson(text))
    throw unreachable(path, 'shape', { fields: 'content-disposition' })
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw unreachable(path, 'status', { status })
  }
}

/** Bytes of the whole file. A part that does not begin at `start` would make another file of it. */
function totalOf({ status, headers }: Response, start: number): number | undefined {
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')
    if (range === null || Number(range[1]) !== start) throw unreachable(path, 'shape', { fields: 'content-range' })
    return Number(range[2])
  }
  if (start > 0) throw unreachable(path, 'status', { status })
  const length = headers.get('content-length')
  // With a content encoding the length is not that of what is read.
  return length === null || headers.has('content-encoding') ? undefined : Number(length)
}

async function* chunksOf({ body, watch }: Piece): AsyncGenerator<Uint8Array> {
  watch.arm()
  try {
    for await (const bytes of body) {
      watch.rest()
      yield bytes
      watch.arm()
    }
  } finally {
    watch.rest()
  }
}

function toFailure(error: unknown, watch: Watch, signal: AbortSignal): Error {
  if (isAppError(error)) return error
  if (signal.aborted) return unreachable(path, 'aborted')
  if (watch.isLate()) return unreachable(path, 'deadline')
  return unreachable(path, 'network', networkCode(error))
}

/** A name and never a path. */
function nameOf(disposition: string): string {
  return rawNameOf(disposition).replaceAll(/[/\\\p{Cc}]/gu, '_')
}

/** `filename*` is the exact one; a plain `filename` may hold UTF-8 bytes that HTTP hands on as Latin-1. */
function rawNameOf(disposition: string): string {
  const encoded = /filename\*\s*=\s*utf-8''([^;]+)/i.exec(disposition)?.[1]
  if (encoded !== undefined) return decodeOr(encoded.trim(), decodeURIComponent)
  const [, quoted, bare] = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(disposition) ?? []
  const plain = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare?.trim() ?? ''
  return decodeOr(plain, (text) => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1')))
}

function decodeOr(text: string, decode: (text: string) => string): string {
  try {
    return decode(text)
  } catch {
    return text
  }
}
