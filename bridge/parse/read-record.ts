/**
 * A forwarded record with what is in its pictures, voices, films and files and behind its links, each read like any other, a few at a time
 * and each with its own deadline. One that can't be read costs itself alone. Only when every file of a young record fails for a
 * reason that passes, as when the platform is away, the whole record is tried again: what was brought by then is still there.
 */
import { isAppError } from '../../shared/app-error.ts'
import type { Logger } from '../logger.ts'
import { createSlots, type InSlot } from './create-slots.ts'
import { describeLink, withoutNotRead } from './describe-link.ts'
import { type DescribedEntry, entriesOf } from './describe-merged.ts'
import { describeMessage } from './describe-message.ts'
import { describeText } from './describe-text.ts'
import { linksOf, mediaOf } from './find-openable.ts'
import type { LinkReader } from './links/read-links.ts'
import type { MediaReading } from './media/media-reader.ts'
import type { MediaKind } from './media/sniff-media.ts'
import { MEDIA_NAMES, type UnderstandMedia } from './media/understand-media.ts'
import { type Fields, readLine, toFields } from './read-fields.ts'
import type { MessageReading, MessageToRead } from './read-message.ts'

export interface RecordLimits {
  /** Pictures, voices, films and files of one record that are read, those of records within it included. Default 10. */
  maxMedia?: number
  /** Addresses that are opened. Default 3. */
  maxLinks?: number
  /** That are read at the same time. Default 3. */
  maxAtOnce?: number
  /** For one of them. Default 30,000. */
  itemMs?: number
  /** For all of them; what isn't read by then is said not to be. Default 90,000. */
  totalMs?: number
}

export interface ReadRecordDeps {
  readLinks: LinkReader
  understand: UnderstandMedia
  now: () => number
  log?: Pick<Logger, 'warn'> | undefined
}

type Item = { kind: 'media'; type: MediaKind; mediaId: string } | { kind: 'link'; address: string }
type Result = { kind: 'read'; reading: MediaReading } | { kind: 'failed'; why: string; error: unknown }

/** Pictures of one record that are shown to a model that sees. */
const MAX_IMAGES = 6
/** A record is tried again as a whole for so long. */
const PATIENCE_MS = 3_600_000
const TOO_SLOW = '没能在限定的时间内读完'
const NOT_NOW = '暂时没有读到'

export function createReadRecord({ readLinks, understand, now, log }: ReadRecordDeps, limits: RecordLimits) {
  const { maxMedia = 10, maxLinks = 3, maxAtOnce = 3, itemMs = 30_000, totalMs = 90_000 } = limits

  const readItem = async (item: Item, { msgid, conv }: MessageToRead, signal: AbortSignal): Promise<MediaReading> => {
    if (item.kind === 'media') return understand({ msgid, conv, kind: item.type, mediaId: item.mediaId }, signal)
    const reports = await readLinks([item.address], signal, conv)
    return { text: reports.map(({ text }) => text).join('\n'), title: '' }
  }

  /** Never rejects but with the reason of `signal`. */
  const tryItem = async (
    item: Item,
    message: MessageToRead,
    inSlot: InSlot,
    total: AbortSignal,
    signal: AbortSignal,
  ): Promise<Result> => {
    try {
      return await inSlot(async () => {
        const within = AbortSignal.any([total, AbortSignal.timeout(itemMs)])
        return { kind: 'read', reading: await settleWithin(readItem(item, message, within), within) }
      }, total)
    } catch (error) {
      signal.throwIfAborted()
      const isLate = error instanceof DOMException && error.name === 'TimeoutError'
      log?.warn('parse.entry-failed', { msgid: message.msgid, kind: item.kind, isLate, error: isLate ? 'late' : error })
      return { kind: 'failed', why: isLate ? TOO_SLOW : NOT_NOW, error }
    }
  }

  return async (message: MessageToRead, body: Fields, signal: AbortSignal): Promise<MessageReading> => {
    const found = findItems(body)
    const media = found.filter((item) => item.kind === 'media')
    const chosen = [...media.slice(0, maxMedia), ...found.filter((item) => item.kind === 'link').slice(0, maxLinks)]
    const total = AbortSignal.any([signal, AbortSignal.timeout(totalMs)])
    const inSlot = createSlots(maxAtOnce)
    const results = new Map<string, Result>()
    await Promise.all(
      chosen.map(async (item) => results.set(keyOf(item), await tryItem(item, message, inSlot, total, signal))),
    )
    throwIfAway([...results.values()], now() - message.receivedAt)

    const described = describeMessage(message.raw, (entry) => describeOpened(entry, results))
    const readings = [...results.values()].flatMap((result) => (result.kind === 'read' ? [result.reading] : []))
    const images = [...new Set(readings.flatMap((reading) => reading.images ?? []))].slice(0, MAX_IMAGES)
    const rest =
      media.length > maxMedia
        ? [`（记录里共有 ${media.length} 个图片、语音、视频或文件，只读取了前 ${maxMedia} 个）`]
        : []
    return {
      ...described,
      text: [described.text, ...rest].join('\n'),
      ...(images.length > 0 && { images }),
      ...(readings.some(({ isUnreadable }) => isUnreadable === true) && { isUnreadable: true }),
    }
  }
}

/** Each once, in order. */
function findItems(body: Fields): Item[] {
  const items = new Map<string, Item>()
  for (const entry of entriesOf(body)) {
    const media = mediaOf(entry)
    const found: Item[] =
      media === undefined
        ? linksOf(entry).map((address) => ({ kind: 'link', address }))
        : [{ kind: 'media', type: media.kind, mediaId: media.mediaId }]
    for (const item of found) items.set(keyOf(item), item)
  }
  return [...items.values()]
}

function keyOf(item: Item): string {
  return item.kind === 'media' ? `${item.type} ${item.mediaId}` : item.address
}

/** Undefined for what was not opened. */
function describeOpened(entry: Fields, results: ReadonlyMap<string, Result>): DescribedEntry | undefined {
  const media = mediaOf(entry)
  if (media !== undefined) {
    const result = results.get(keyOf({ kind: 'media', type: media.kind, mediaId: media.mediaId }))
    const title = `[${MEDIA_NAMES[media.kind]}]`
    if (result?.kind === 'read') return { ...result.reading, isOpened: true }
    return { title, text: `${title}（${result?.why ?? '没有读取'}）` }
  }
  const reports = linksOf(entry).flatMap((address) => {
    const result = results.get(address)
    if (result === undefined) return []
    return [result.kind === 'read' ? result.reading.text : `【网页】${address}（${result.why}）`]
  })
  if (reports.length === 0) return undefined
  const type = readLine(entry, 'msgtype', 64)
  const { text, title } = type === 'text' ? describeText(toFields(entry.text)) : describeLink(toFields(entry.link))
  return { title, text: [withoutNotRead(text), ...reports].join('\n'), isOpened: true }
}

/** What fails alone is a bad item; when all fail alike, it is the platform or the disk. */
function throwIfAway(results: readonly Result[], ageMs: number): void {
  const [first] = results
  if (first === undefined || ageMs > PATIENCE_MS) return
  const isAway = results.every(
    (result) => result.kind === 'failed' && isAppError(result.error) && result.error.retryable,
  )
  if (isAway && first.kind === 'failed') throw first.error
}

/** Whoever reads may be slow to notice that it is called off. */
async function settleWithin<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const called = Promise.withResolvers<never>()
  const call = () => called.reject(signal.reason)
  signal.addEventListener('abort', call, { once: true })
  if (signal.aborted) call()
  // When it is called off, what it ends with is of no interest.
  work.catch(() => undefined)
  try {
    return await Promise.race([work, called.promise])
  } finally {
    signal.removeEventListener('abort', call)
  }
}
