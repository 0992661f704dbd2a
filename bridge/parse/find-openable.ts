/** What of an entry can be opened: a file of the platform's, and addresses of the web. */
import { findLinks } from './links/find-links.ts'
import type { MediaKind } from './media/sniff-media.ts'
import { type Fields, readLine, readText, toFields } from './read-fields.ts'

const maxTextChars = 20_000
const maxMediaIdChars = 1_024
const mediaKinds: ReadonlySet<string> = new Set<MediaKind>(['image', 'voice', 'video', 'file'])

/** The platform's id of a picture, voice, film or file; undefined for what is none. */
export function mediaOf(entry: Fields): { kind: MediaKind; mediaId: string } | undefined {
  const type = readLine(entry, 'msgtype', 64)
  if (!mediaKinds.has(type)) return undefined
  return { kind: type as MediaKind, mediaId: readLine(toFields(entry[type]), 'media_id', maxMediaIdChars) }
}

/** The addresses in a text, and that of a link card. */
export function linksOf(entry: Fields): string[] {
  const type = readLine(entry, 'msgtype', 64)
  if (type === 'text') return findLinks(readText(toFields(entry.text), 'content', maxTextChars))
  if (type === 'link') return findLinks(readText(toFields(entry.link), 'url', 2048)).slice(0, 1)
  return []
}
