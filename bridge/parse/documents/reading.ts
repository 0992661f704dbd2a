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
  /** Pages that are pictures, as PNG; their words are not in `text`. */
  pictures?: readonly PagePicture[]
  /** With `pictures`: pages without words, which the notes tell by `noteEmptyPages`. */
  emptyPages?: number
}

export interface UnreadDocument {
  outcome: 'unread'
  kind: DocumentKind
  reason: UnreadReason
  /** With `scanned`, as in `ReadDocument`. */
  pictures?: readonly PagePicture[]
  /** With `pictures`: how many pages there are. */
  pages?: number
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

export type DocumentKind =
  | ReadableKind
  | 'ppt'
  | 'office-locked'
  | 'opendocument'
  | 'ofd'
  | 'epub'
  | 'rtf'
  | 'archive'
  | 'audio'
  | 'video'
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
}

export const DEFAULT_LIMITS: ReadLimits = { maxChars: 400_000, maxPages: 500, maxRows: 5_000, readForMs: 12_000 }

export function noteEmptyPages(count: number): string {
  return `有 ${count} 页没有文字，可能是图片`
}

export function unread(kind: DocumentKind, reason: UnreadReason): UnreadDocument {
  return { outcome: 'unread', kind, reason }
}
