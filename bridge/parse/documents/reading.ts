/** What a document said, or why it can't be read. Plain data: it crosses from the reading process. */
export type Reading = ReadDocument | UnreadDocument

export interface ReadDocument {
  outcome: 'read'
  kind: ReadableKind
  /** Of its own; '' when it has none. One line. */
  title: string
  /** Clean of what nobody can see. Tables as lines of cells with ` | ` between them. */
  text: string
  /** What a reader should know about the text, in sentences: what is missing, how much there is. */
  notes: readonly string[]
  /** Some of it was not read: it is longer than the limits, or a page of it is broken. The notes say it, too. */
  isPartial?: boolean
  /** Pages that are pictures, and those pictures; their words are not in `text`. */
  scans?: Scans
  /** With `scans`: pages without words, which the notes tell by `noteEmptyPages`. */
  emptyPages?: number
}

export interface UnreadDocument {
  outcome: 'unread'
  kind: DocumentKind
  reason: UnreadReason
  /** With `scanned`, as in `ReadDocument`. */
  scans?: Scans
  /** With `scans`: how many pages there are. */
  pages?: number
}

export interface Scans {
  /** From 1, all of them. */
  pages: readonly number[]
  /** How many of those were looked into: they are taken a few at a time. */
  taken: number
  /** As PNG, in the order of the pages; a page may have none. */
  pictures: readonly PagePicture[]
}

/** Of one page there may be several, from its top. */
export interface PagePicture {
  /** From 1. */
  page: number
  png: Uint8Array
}

export type ReadableKind =
  | 'pdf'
  | 'docx'
  | 'xlsx'
  | 'xls'
  | 'csv'
  | 'pptx'
  | 'html'
  | 'markdown'
  | 'json'
  | 'text'
  | 'zip'
  | 'doc'
  | 'image'
  | 'audio'
  | 'video'

export type DocumentKind =
  | ReadableKind
  | 'ppt'
  | 'office-locked'
  | 'opendocument'
  | 'ofd'
  | 'epub'
  | 'rtf'
  | 'archive'
  | 'program'
  | 'unknown'

export type UnreadReason =
  | 'empty'
  | 'encrypted'
  | 'broken'
  /** Pages that are pictures. */
  | 'scanned'
  | 'unsupported'
  | 'too-large'
  /** Only where a part of it would not do. */
  | 'too-long'
  /** More time or memory than a document gets. */
  | 'too-heavy'
  /** A site that wants to see a person first. */
  | 'verify-page'
  /** A recording, and nobody to hear it: no speech recognition is configured. */
  | 'no-asr'
  /** Speech recognition is configured, but gave no answer, or wants none of it. */
  | 'asr-failed'
  /** A recording, and nothing on this machine to decode it. */
  | 'no-ffmpeg'

/** The document and what is known about it from elsewhere; its content has the last word. */
export interface DocumentSource {
  bytes: Uint8Array
  name?: string
  contentType?: string
  url?: string
  /** The bytes are only the beginning. */
  isTruncated?: boolean
}

export interface ReadLimits {
  maxChars: number
  maxPages: number
  /** Of one sheet. */
  maxRows: number
  /** After this time no further page is begun. */
  readForMs: number
  /** Pages without words in a document of words whose pictures are looked at: a cover, an enclosure. Default 3. */
  maxEmptyPages?: number
  /** Only the pictures of these pages of a PDF, and no words. */
  picturesOf?: readonly number[]
}

export const DEFAULT_LIMITS: ReadLimits = { maxChars: 400_000, maxPages: 500, maxRows: 5_000, readForMs: 12_000 }

export function noteEmptyPages(count: number): string {
  return `有 ${count} 页没有文字，可能是图片`
}

export function unread(kind: DocumentKind, reason: UnreadReason): UnreadDocument {
  return { outcome: 'unread', kind, reason }
}
