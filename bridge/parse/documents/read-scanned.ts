/**
 * Reads documents as the pool does, and pages that are pictures by recognition: as many as there is time for, one at a time. What was recognized
 * is said to be, because there may be mistakes in it.
 */
import type { PictureReading } from '../pictures/picture-reading.ts'
import type { ParsePool, ReadOptions, Waiting } from '../worker/parse-pool.ts'
import {
  DEFAULT_LIMITS,
  type DocumentSource,
  noteEmptyPages,
  type PagePicture,
  type Reading,
  type Scans,
  unread,
} from './reading.ts'
import { tidyText } from './tidy-text.ts'

export interface ReadScannedOptions {
  /** After this time no further page is begun. Default 25,000. */
  enoughMs?: number
  /** Default 10. */
  maxPages?: number
  /** Of the document with what was recognized. Default 60,000, or as long as it is without. */
  maxChars?: number
  /** A document with more scanned pages than are read is `too-long` before any is. Default false. */
  isWhole?: boolean
  /** Told after each page how many of how many are done. */
  onPage?: ((name: string, done: number, total: number) => void) | undefined
}

export function createReadScanned(
  pool: Pick<ParsePool, 'read' | 'readPicture'>,
  { enoughMs = 25_000, maxPages = 10, maxChars = 60_000, isWhole = false, onPage }: ReadScannedOptions = {},
): ParsePool['read'] {
  /** The words of the pages, in their order; those that weren't looked at are missing. Rejects as the pool does. */
  const recognize = async (
    source: DocumentSource | Waiting<DocumentSource>,
    first: Scans,
    signal: AbortSignal,
    { limits = DEFAULT_LIMITS, conv = '' }: ReadOptions,
  ) => {
    const startedAt = performance.now()
    const found = new Map<number, string>()
    const total = Math.min(maxPages, first.pages.length)
    let unseen = 0
    const lookAt = async (page: number, pictures: readonly PagePicture[]): Promise<void> => {
      const texts: string[] = []
      for (const { png } of pictures) {
        const seen = await pool.readPicture({ bytes: png }, { text: true }, signal, { conv })
        if (seen.outcome === 'unseen') unseen += 1
        texts.push(textOf(seen))
      }
      found.set(page, texts.join('\n').trim())
    }
    let scans = first
    for (;;) {
      const taken = scans.pages.slice(0, scans.taken)
      for (const page of taken) {
        const isEnough = found.size > 0 && performance.now() - startedAt > enoughMs
        if (found.size >= maxPages || isEnough) return { found, unseen }
        await lookAt(
          page,
          scans.pictures.filter((picture) => picture.page === page),
        )
        onPage?.('name' in source ? (source.name ?? '') : '', found.size, total)
      }
      const rest = first.pages.filter((page) => !found.has(page))
      if (rest.length === 0 || found.size >= maxPages) return { found, unseen }
      const next = await pool.read(source, signal, { conv, limits: { ...limits, picturesOf: rest } })
      // It was read a moment ago; if it can't be now, there is no more of it.
      if (next.scans === undefined || next.scans.taken === 0) return { found, unseen }
      scans = next.scans
    }
  }

  return async (source, signal, options = {}) => {
    const reading = await pool.read(source, signal, options)
    const { scans, ...rest } = reading
    if (scans === undefined) return reading
    const wanted = scans.pages.length
    if (isWhole && wanted > maxPages) return unread('pdf', 'too-long')
    const { found: pages, unseen } = await recognize(source, scans, signal, options)
    const found = [...pages].filter(([, text]) => text !== '')
    const isLeft = wanted > pages.size || unseen > 0
    if (found.length === 0) return (rest.outcome === 'read' && isLeft ? { ...rest, isPartial: true } : rest) as Reading
    const recognized = found.map(([page, text]) => `第 ${page} 页（认出的文字）\n${text}`).join('\n\n')
    const note = '扫描的页是从图片里认出的文字，可能有错字'
    if (reading.outcome === 'read') {
      const left = wanted > pages.size ? [`扫描的 ${wanted} 页只认了前 ${pages.size} 页`] : []
      const limit = Math.max(maxChars, reading.text.length)
      const { text, isCut } = tidyText(`${reading.text}\n\n${recognized}`, limit)
      const { scans: _scans, emptyPages = 0, ...read } = reading
      const notes = reading.notes.filter((one) => one !== noteEmptyPages(emptyPages))
      const stillEmpty = emptyPages > pages.size ? [noteEmptyPages(emptyPages - pages.size)] : []
      const isPartial = read.isPartial === true || isLeft || isCut
      return { ...read, text, notes: [...notes, ...stillEmpty, note, ...left], isPartial }
    }
    const all = reading.pages ?? wanted
    const { text, isCut } = tidyText(recognized, maxChars)
    const notes = [all > pages.size ? `共 ${all} 页，只认了前 ${pages.size} 页` : `共 ${all} 页`, note]
    const isPartial = all > pages.size || unseen > 0 || isCut
    return { outcome: 'read', kind: 'pdf', title: '', text, notes, isPartial }
  }
}

function textOf(picture: PictureReading): string {
  return picture.outcome === 'seen' ? (picture.text ?? '') : ''
}
