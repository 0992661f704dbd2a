/**
 * media/upload and media/get. Errors of the download come as HTTP 200 with JSON, as everywhere.
 * Sources: developer.work.weixin.qq.com/document/path/90253, path/90254
 */
import type { Context } from 'hono'
import { amrSeconds } from '../amr-seconds.ts'
import type { MediaFile } from '../media-store.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { emptySilk } from '../silk-voice.ts'

const MEGABYTE = 1024 * 1024
export const MIN_BYTES = 6
const MAX_VOICE_SECONDS = 60
/** More than this must be fetched in ranges. */
const MAX_WHOLE_DOWNLOAD = 20 * MEGABYTE

interface UploadRule {
  maxBytes: number
  tooLarge: number
  /** What the file's first bytes must be, and the refusal otherwise. */
  isFormat: (bytes: Uint8Array) => boolean
  wrongFormat: number
}

export const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8
export const isPng = (bytes: Uint8Array) => startsWith(bytes, '\x89PNG')

const UPLOAD_RULES: Readonly<Record<string, UploadRule>> = {
  image: {
    maxBytes: Number.POSITIVE_INFINITY,
    tooLarge: 40009,
    isFormat: (bytes) => isJpeg(bytes) || isPng(bytes),
    wrongFormat: 40123,
  },
  voice: {
    maxBytes: 2 * MEGABYTE,
    tooLarge: 301016,
    isFormat: (bytes) => startsWith(bytes, '#!AMR'),
    wrongFormat: 301017,
  },
  video: {
    maxBytes: 10 * MEGABYTE,
    tooLarge: 40011,
    isFormat: (bytes) => startsWith(bytes.subarray(4), 'ftyp'),
    wrongFormat: 40004,
  },
  file: { maxBytes: 20 * MEGABYTE, tooLarge: 45001, isFormat: () => true, wrongFormat: 40004 },
}

export async function uploadMedia({ media, switches }: Platform, c: Context): Promise<Record<string, unknown>> {
  const type = c.req.query('type') ?? ''
  const rule = UPLOAD_RULES[type]
  if (rule === undefined) refuse(40005, 'type in the query must be image, voice, video or file')
  const file = await readUpload(c, 'media')
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes.length === 0) refuse(44001, 'the part media is empty')
  if (bytes.length < MIN_BYTES) refuse(40006, 'a file must be larger than 5 bytes')
  const maxBytes = type === 'image' ? switches.imageUploadBytes : rule.maxBytes
  if (bytes.length > maxBytes) refuse(rule.tooLarge, `${type} has more than ${maxBytes} bytes`)
  if (type === 'voice' && startsWith(bytes, '#!AMR') && amrSeconds(bytes) > MAX_VOICE_SECONDS) {
    refuse(45007, `a voice lasts at most ${MAX_VOICE_SECONDS} s`)
  }
  if (!rule.isFormat(bytes)) refuse(rule.wrongFormat, `the file is no ${type} of an accepted format`)
  const stored = media.add({ type, filename: file.name, contentType: file.type, bytes })
  return { type, media_id: stored.mediaId, created_at: String(Math.floor(stored.createdAt / 1000)) }
}

/** `name`: the part's, or undefined for any. Refuses with 44001 and 41006. */
export async function readUpload(c: Context, name: string | undefined): Promise<File> {
  let form: FormData
  try {
    form = await c.req.formData()
  } catch {
    refuse(44001, 'the body is not multipart/form-data')
  }
  const part = name === undefined ? [...form.values()].find((value) => value instanceof File) : form.get(name)
  if (!(part instanceof File)) refuse(41006, `there is no part ${name ?? ''} with a filename`)
  return part
}

const SILK_MARK = 'Silk'

/** The media_id under which a voice is downloaded as Silk. */
export function toSilkId(mediaId: string): string {
  return mediaId + SILK_MARK
}

/** Refuses with 40007, or as the switch says when the id has once been valid. */
export function findMedia({ media, switches }: Pick<Platform, 'media' | 'switches'>, mediaId: string): MediaFile {
  const file = media.get(mediaId)
  if (file !== undefined) return file
  if (media.wasKnown(mediaId)) refuse(switches.expiredMediaErrcode, 'media_id is older than three days')
  if (!mediaId.endsWith(SILK_MARK)) refuse(40007, 'media_id does not exist')
  const voice = findMedia({ media, switches }, mediaId.slice(0, -SILK_MARK.length))
  return { ...voice, bytes: voice.silk ?? emptySilk(switches.silkLeadingByte), filename: toSilkName(voice.filename) }
}

const toSilkName = (filename: string) => filename.replace(/(\.\w+)?$/, '.silk')

export function downloadMedia(platform: Platform, c: Context): Response {
  const { switches } = platform
  const mediaId = c.req.query('media_id')
  if (!mediaId) refuse(41006, 'media_id is missing')
  const file = findMedia(platform, mediaId)
  const range = c.req.header('range')
  if (range === undefined) {
    if (file.bytes.length > MAX_WHOLE_DOWNLOAD) refuse(830002, 'the file is too large for one answer: use Range')
    return new Response(file.bytes, { headers: fileHeaders(file) })
  }
  const { start, end } = parseRange(range, file.bytes.length)
  if (end - start + 1 > MAX_WHOLE_DOWNLOAD) refuse(830002, 'a range has at most 20 MB')
  const isLast = end === file.bytes.length - 1
  if (switches.mediaRangesBy16 && (start % 16 !== 0 || (!isLast && (end + 1) % 16 !== 0))) {
    refuse(40146, 'a range of an encrypted file must be a multiple of 16 bytes')
  }
  return new Response(file.bytes.subarray(start, end + 1), {
    status: 206,
    headers: { ...fileHeaders(file), 'content-range': `bytes ${start}-${end}/${file.bytes.length}` },
  })
}

/** Inclusive, as in the header. */
function parseRange(header: string, length: number): { start: number; end: number } {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (first === '' && last === '') refuse(40058, 'Range must have the form bytes=a-b')
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const end = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1)
  if (start > end) refuse(40058, 'Range lies outside of the file')
  return { start, end }
}

function fileHeaders({ filename, contentType }: MediaFile): Record<string, string> {
  const ascii = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  return {
    'content-type': contentType || 'application/octet-stream',
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(filename)}`,
  }
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return [...magic].every((character, index) => bytes[index] === character.charCodeAt(0))
}
