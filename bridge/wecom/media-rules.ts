/**
 * What may be uploaded as what, checked before the bytes travel. The type is told from the content: a name proves nothing.
 * Source: https://developer.work.weixin.qq.com/document/path/90253
 */
import { amrDurationMs } from './amr-duration-ms.ts'
import type { MediaFile, MediaType } from './outgoing-content.ts'
import { refused, refusedByLimit } from './wecom-error.ts'

interface MediaRule {
  maxBytes: number
  tooLarge: number
  isFormat: (bytes: Uint8Array) => boolean
  formats: string
  wrongFormat: number
}

const megabyte = 1024 * 1024
/** A file must have more than five bytes. */
const minBytes = 6
const tooSmall = 40006
const longestVoiceSeconds = 60
const tooLong = 45007

const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8
const isPng = (bytes: Uint8Array) => startsWith(bytes, '\x89PNG')

const rules: Readonly<Record<MediaType, MediaRule>> = {
  image: {
    maxBytes: 10 * megabyte,
    tooLarge: 40009,
    isFormat: (bytes) => isJpeg(bytes) || isPng(bytes),
    formats: 'is a JPG or PNG image',
    wrongFormat: 40123,
  },
  voice: {
    maxBytes: 2 * megabyte,
    tooLarge: 301016,
    isFormat: (bytes) => startsWith(bytes, '#!AMR\n'),
    formats: 'is an AMR recording',
    wrongFormat: 301017,
  },
  video: {
    maxBytes: 10 * megabyte,
    tooLarge: 40011,
    isFormat: (bytes) => startsWith(bytes.subarray(4), 'ftyp'),
    formats: 'is an MP4 video',
    wrongFormat: 40004,
  },
  file: { maxBytes: 20 * megabyte, tooLarge: 45001, isFormat: () => true, formats: 'is any file', wrongFormat: 40004 },
}

/** Of each type, in bytes; nothing larger comes from customers either. */
export const mediaMaxBytes: Readonly<Record<MediaType, number>> = {
  image: rules.image.maxBytes,
  voice: rules.voice.maxBytes,
  video: rules.video.maxBytes,
  file: rules.file.maxBytes,
}

/** Of any type. */
export const largestMediaBytes = rules.file.maxBytes

/** Throws `wecom.refused` with the field and its limit. */
export function checkMedia(path: string, type: MediaType, { bytes }: MediaFile): void {
  const rule = rules[type]
  if (bytes.length > rule.maxBytes) {
    throw refusedByLimit(path, rule.tooLarge, type, { found: bytes.length, limit: rule.maxBytes, unit: 'bytes' })
  }
  if (bytes.length < minBytes) {
    throw refusedByLimit(path, tooSmall, type, { found: bytes.length, limit: minBytes, unit: 'bytes' })
  }
  if (!rule.isFormat(bytes)) throw refused(path, rule.wrongFormat, '', { field: type, rule: rule.formats })
  const seconds = type === 'voice' ? amrDurationMs(bytes) / 1000 : 0
  if (seconds > longestVoiceSeconds) {
    throw refusedByLimit(path, tooLong, type, { found: seconds, limit: longestVoiceSeconds, unit: 'seconds' })
  }
}

/** What a file can be sent as so that the customer sees most of it. */
export function guessMediaType(bytes: Uint8Array): MediaType {
  const fits = (type: MediaType) => rules[type].isFormat(bytes) && bytes.length <= rules[type].maxBytes
  const type = (['image', 'voice', 'video'] as const).find(fits) ?? 'file'
  return type === 'voice' && amrDurationMs(bytes) > longestVoiceSeconds * 1000 ? 'file' : type
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return (
    bytes.length >= magic.length && [...magic].every((character, index) => bytes[index] === character.charCodeAt(0))
  )
}
