/**
 * Reads documents as the pool does, and pages that are pictures by recognition: as many as there is time for. What was recognized is said to
 * be, because there may be mistakes in it.
 */
import type { PictureReading } from '../pictures/picture-reading.ts'
import type { ParsePool } from '../worker/parse-pool.ts'
import { noteEmptyPages, type PagePicture, type Reading } from './reading.ts'
import { tidyText } from './tidy-text.ts'

export interface ReadScannedOptions {
  /** After this time no further page is begun. Default 25,000. */
  enoughMs?: number
  /** Default 10. */
  maxPages?: number
}

const MAX_CHARS = 60_000

export function createReadScanned(
  pool: Pick<ParsePool, 'read' | 'readPicture'>,
  { enoughMs = 25_000, maxPages = 10 }: ReadScannedOptions = {},
): ParsePool['read'] {
  /** The words of the pages, in their order; those that weren't looked at are missing. */
  const recognize = async (pictures: readonly PagePicture[], signal: AbortSignal, conv: string) => {
    const startedAt = performance.now()
    const pages = new Map<number, string[]>()
    for (const { page, png } of pictures) {
      const isEnough = pages.size > 0 && performance.now() - startedAt > enoughMs
      if (!pages.has(page) && (pages.size >= maxPages || isEnough)) break
      const seen = await pool.readPicture({ bytes: png }, { text: true }, signal, { conv })
      pages.set(page, [...(pages.get(page) ?? []), textOf(seen)])
    }
    return new Map([...pages].map(([page, texts]) => [page, texts.join('\n').trim()]))
  }

  return async (source, signal, options = {}) => {
    const reading = await pool.read(source, signal, options)
    const { pictures = [], ...rest } = reading
    if (pictures.length === 0) return reading
    const pages = await recognize(pictures, signal, options.conv ?? '')
    const found = [...pages].filter(([, text]) => text !== '')
    if (found.length === 0) return rest as Reading
    const recognized = found.map(([page, text]) => `第 ${page} 页（认出的文字）\n${text}`).join('\n\n')
    const wanted = new Set(pictures.map(({ page }) => page)).size
    const note = '扫描的页是从图片里认出的文字，可能有错字'
    if (reading.outcome === 'read') {
      const left = wanted > pages.size ? [`扫描的 ${wanted} 页只认了前 ${pages.size} 页`] : []
      const { text } = tidyText(`${reading.text}\n\n${recognized}`, Math.max(MAX_CHARS, reading.text.length))
      const { pictures: _pictures, emptyPages = 0, ...read } = reading
      const notes = reading.notes.filter((one) => one !== noteEmptyPages(emptyPages))
      const stillEmpty = emptyPages > pages.size ? [noteEmptyPages(emptyPages - pages.size)] : []
      const isPartial = read.isPartial === true || left.length > 0
      return { ...read, text, notes: [...notes, ...stillEmpty, note, ...left], isPartial }
    }
    const all = reading.pages ?? wanted
    const isPartial = all > pages.size
    const notes = [isPartial ? `共 ${all} 页，只认了前 ${pages.size} 页` : `共 ${all} 页`, note]
    return { outcome: 'read', kind: 'pdf', title: '', text: tidyText(recognized, MAX_CHARS).text, notes, isPartial }
  }
}

function textOf(picture: PictureReading): string {
  return picture.outcome === 'seen' ? (picture.text ?? '') : ''
}
