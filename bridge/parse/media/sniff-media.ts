/** What a file of a customer is, by its first bytes: which reader is asked, and what it is called. */
import { detectKind } from '../documents/detect-kind.ts'
import type { MediaReaders } from './media-reader.ts'

export type MediaKind = keyof MediaReaders

const KINDS: Readonly<Record<string, MediaKind>> = { image: 'image', audio: 'voice', video: 'video', unknown: 'file' }

const types: readonly (readonly [mime: string, offset: number, bytes: string])[] = [
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/png', 0, '\x89PNG'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
  ['image/bmp', 0, 'BM'],
  ['image/tiff', 0, 'II*\0'],
  ['image/tiff', 0, 'MM\0*'],
  ['image/heic', 4, 'ftyphei'],
  ['image/heic', 4, 'ftypmif1'],
  ['image/avif', 4, 'ftypavif'],
  ['audio/amr', 0, '#!AMR'],
  ['audio/silk', 0, '#!SILK'],
  ['audio/silk', 1, '#!SILK'],
  ['audio/mpeg', 0, 'ID3'],
  ['audio/wav', 8, 'WAVE'],
  ['audio/ogg', 0, 'OggS'],
  ['audio/mp4', 4, 'ftypM4A'],
  ['video/mp4', 4, 'ftyp'],
  ['application/pdf', 0, '%PDF-'],
]

/** Who reads it. What is none of the known kinds goes to the reader of what it was sent as, which says what is wrong with it. */
export function sniffKind(head: Uint8Array, sentAs: MediaKind): MediaKind {
  const found = detect(head)
  if (found === 'unknown') return sentAs
  return KINDS[found] ?? 'file'
}

/** E.g. `image/png`; what the platform said for what is not known here. */
export function sniffMime(head: Uint8Array, said: string): string {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 64)).toString('latin1')
  const known = types.find(([, offset, bytes]) => text.startsWith(bytes, offset))
  if (known !== undefined) return known[0]
  return /^[\w.+-]+\/[\w.+-]+/.exec(said)?.[0].toLowerCase() ?? 'application/octet-stream'
}

/** The beginning of a zip is no zip, and no unknown thing either. */
function detect(head: Uint8Array): string {
  try {
    return detectKind({ bytes: head })
  } catch {
    return 'zip'
  }
}
