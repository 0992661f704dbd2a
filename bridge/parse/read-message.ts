/**
 * Turns a message into text as describe-message.ts does, and adds what only others can tell: what is in a picture, a voice, a film or a
 * file, what stands behind the links in a text or behind a link card, and all of that in a forwarded record.
 */
import type { Logger } from '../logger.ts'
import { withoutNotRead } from './describe-link.ts'
import { describeMessage } from './describe-message.ts'
import { linksOf, mediaOf } from './find-openable.ts'
import type { LinkReader } from './links/read-links.ts'
import type { MediaReading } from './media/media-reader.ts'
import type { UnderstandMedia } from './media/understand-media.ts'
import type { MessageText } from './message-text.ts'
import { parseEntry, readLine, toFields } from './read-fields.ts'
import { createReadRecord, type RecordLimits } from './read-record.ts'

export interface MessageToRead {
  msgid: string
  /** Whose it is, for a fair turn where many wait. */
  conv: string
  /** The whole entry as JSON text. */
  raw: string
  /** Unix ms. */
  receivedAt: number
}

export type MessageReading = MessageText & Pick<MediaReading, 'images' | 'isUnreadable'>

/** Rejects with what passes (the platform is away or busy, the disk is full, too much waits), and with the reason of `signal`. */
export type ReadMessage = (message: MessageToRead, signal: AbortSignal) => Promise<MessageReading>

export interface ReadMessageDeps {
  readLinks: LinkReader
  understand: UnderstandMedia
  /** Unix ms. */
  now?: () => number
  /** Told of an entry of a record that could not be read. */
  log?: Pick<Logger, 'warn'>
}

export function createReadMessage(deps: ReadMessageDeps, limits: RecordLimits = {}): ReadMessage {
  const { readLinks, understand, now = Date.now, log } = deps
  const readRecord = createReadRecord({ readLinks, understand, now, log }, limits)
  return async (message, signal) => {
    const entry = parseEntry(message.raw)
    const media = mediaOf(entry)
    if (media !== undefined) return understand({ ...media, msgid: message.msgid, conv: message.conv }, signal)
    if (readLine(entry, 'msgtype', 64) === 'merged_msg') return readRecord(message, toFields(entry.merged_msg), signal)
    const described = describeMessage(message.raw)
    const links = linksOf(entry)
    if (links.length === 0) return described
    const reports = await readLinks(links, signal, message.conv)
    return { ...described, text: [withoutNotRead(described.text), ...reports.map(({ text }) => text)].join('\n') }
  }
}

/** True when the message needs nothing but itself to be read. */
export function isSelfContained(raw: string): boolean {
  return linksOf(parseEntry(raw)).length === 0
}
