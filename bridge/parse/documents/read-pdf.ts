/**
 * The text of a PDF, in the order of its pages, Chinese without embedded fonts included. Nothing is drawn, and pdfjs's optional canvas is
 * left out by an override in package.json; of pages that are scans the pictures are taken out, for others to read.
 */
import { fileURLToPath } from 'node:url'
import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { joinLines, type PageLine } from './join-lines.ts'
import { mapRadicals } from './map-radicals.ts'
import { takePagePictures } from './page-pictures.ts'
import { noteEmptyPages, type PagePicture, type Reading, type ReadLimits, type Scans, unread } from './reading.ts'
import { tidyLine, tidyText } from './tidy-text.ts'

const home = fileURLToPath(new URL('../../', import.meta.resolve('pdfjs-dist/legacy/build/pdf.mjs')))
/** A page with fewer characters may be a scan with the scanner's own line on it. */
const SCAN_MAX_CHARS = 40
/** At once. */
const MAX_SCANNED_PAGES = 10
const MAX_EMPTY_PAGES = 3
const MAX_PICTURE_BYTES = 16_000_000
const PROGRAM_TITLES = /^(untitled|about:blank|无标题|microsoft (word|powerpoint|excel)\b|幻灯片 ?\d|slide ?\d)/i

export async function readPdf(bytes: Uint8Array, limits: ReadLimits): Promise<Reading> {
  const loading = getDocument({
    // A copy: the buffer is given away, and must be no Buffer.
    data: new Uint8Array(bytes),
    // Character maps of the fonts that Chinese PDFs name but don't bring along.
    cMapUrl: `${home}cmaps/`,
    cMapPacked: true,
    disableFontFace: true,
    enableXfa: false,
    isOffscreenCanvasSupported: false,
    useSystemFonts: false,
    useWasm: false,
    wasmUrl: `${home}wasm/`,
    // In pixels; a larger picture is left out.
    maxImageSize: 40_000_000,
    useWorkerFetch: false,
    verbosity: 0,
  })
  try {
    const document = await loading.promise
    const { picturesOf } = limits
    if (picturesOf === undefined) return await readPages(document, limits)
    return { ...unread('pdf', 'scanned'), scans: await takeScans(document, picturesOf), pages: document.numPages }
  } catch (error) {
    return unread('pdf', error instanceof Error && error.name === 'PasswordException' ? 'encrypted' : 'broken')
  } finally {
    await loading.destroy()
  }
}

async function readPages(document: PDFDocumentProxy, limits: ReadLimits): Promise<Reading> {
  const { maxPages, maxChars, readForMs, maxEmptyPages = MAX_EMPTY_PAGES } = limits
  const { numPages } = document
  const startedAt = performance.now()
  const pages: (string | undefined)[] = []
  let chars = 0
  while (pages.length < Math.min(numPages, maxPages)) {
    if (chars > maxChars || performance.now() - startedAt > readForMs) break
    // One bad page doesn't cost the others.
    const text = await readPageText(document, pages.length + 1).catch(() => undefined)
    pages.push(text)
    chars += text?.length ?? 0
  }
  const scans = await takeScans(document, findScans(pages, maxEmptyPages))
  const { text, isCut } = tidyText(pages.filter(Boolean).join('\n\n'), maxChars)
  const broken = pages.filter((page) => page === undefined).length
  if (text === '' && hasMore(scans)) return { ...unread('pdf', 'scanned'), scans, pages: numPages }
  if (text === '') return unread('pdf', broken > 0 ? 'broken' : 'scanned')
  const emptyPages = pages.filter((page) => page?.trim() === '').length
  const isPartial = pages.length < numPages || isCut
  return {
    outcome: 'read',
    kind: 'pdf',
    title: await findTitle(document),
    text,
    notes: [
      isPartial ? `共 ${numPages} 页，只读取了前面的部分（${pages.length} 页）` : `共 ${numPages} 页`,
      ...(emptyPages > 0 ? [noteEmptyPages(emptyPages)] : []),
      ...(broken > 0 ? [`有 ${broken} 页已损坏，没有读取`] : []),
    ],
    isPartial: isPartial || broken > 0,
    ...(hasMore(scans) && { scans, emptyPages }),
  }
}

/** Numbers of pages: in a document of scans those with few words, in one of words a few of those without any. Undefined is a broken one. */
function findScans(pages: readonly (string | undefined)[], maxEmptyPages: number): number[] {
  const shorterThan = (count: number) =>
    pages.flatMap((page, index) => (page !== undefined && page.trim().length < count ? [index + 1] : []))
  const short = shorterThan(SCAN_MAX_CHARS)
  return short.length > pages.length / 2 ? short : shorterThan(1).slice(0, maxEmptyPages)
}

/** There are pictures, or may be on pages that were not looked into. */
function hasMore({ pages, taken, pictures }: Scans): boolean {
  return pictures.length > 0 || taken < pages.length
}

/** Of as many pages, from the first on, as fit into memory. */
async function takeScans(document: PDFDocumentProxy, wanted: readonly number[]): Promise<Scans> {
  const pictures: PagePicture[] = []
  let [bytes, taken] = [0, 0]
  for (const page of wanted.slice(0, MAX_SCANNED_PAGES)) {
    if (bytes > MAX_PICTURE_BYTES) break
    taken += 1
    const pngs = await takePagePictures(await document.getPage(page)).catch(() => [])
    pictures.push(...pngs.map((png) => ({ page, png })))
    bytes += pngs.reduce((sum, png) => sum + png.length, 0)
  }
  return { pages: wanted, taken, pictures }
}

async function readPageText(document: PDFDocumentProxy, number: number): Promise<string> {
  const page = await document.getPage(number)
  const { items } = await page.getTextContent()
  page.cleanup()
  const lines: PageLine[] = []
  let line: PageLine | undefined
  for (const item of items) {
    if (!('str' in item)) continue
    if (item.str !== '') {
      const left = Number(item.transform[4])
      const right = left + item.width
      if (line === undefined) {
        line = { text: item.str, left, right, baseline: Number(item.transform[5]), size: item.height }
      } else {
        line.text += item.str
        line.right = Math.max(line.right, right)
        line.size = Math.max(line.size, item.height)
      }
    }
    if (item.hasEOL && line !== undefined) {
      lines.push(toLine(line))
      line = undefined
    }
  }
  if (line !== undefined) lines.push(toLine(line))
  return joinLines(lines.filter(({ text }) => text !== ''))
}

function toLine(line: PageLine): PageLine {
  return { ...line, text: mapRadicals(line.text).trim() }
}

async function findTitle(document: PDFDocumentProxy): Promise<string> {
  const { info } = await document.getMetadata().catch(() => ({ info: {} }))
  const title = 'Title' in info && typeof info.Title === 'string' ? tidyLine(mapRadicals(info.Title)) : ''
  return PROGRAM_TITLES.test(title) ? '' : title
}
