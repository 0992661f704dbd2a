/**
 * Bytes of any kind as text, by what they are and not by what they are called. For the reading process only: it may take any time and
 * any memory, and whoever calls it must be able to be killed.
 */
import { isAppError } from '../../../shared/app-error.ts'
import { detectKind } from './detect-kind.ts'
import { listArchive } from './list-archive.ts'
import {
  DEFAULT_LIMITS,
  type DocumentKind,
  type DocumentSource,
  type Reading,
  type ReadLimits,
  unread,
} from './reading.ts'

/** Never rejects: what goes wrong within a document makes it a broken one. */
export async function readDocument(source: DocumentSource, limits: ReadLimits = DEFAULT_LIMITS): Promise<Reading> {
  let kind: DocumentKind = 'unknown'
  try {
    if (source.bytes.length === 0) return unread('unknown', 'empty')
    kind = detectKind(source)
    return await readKind(kind, source, limits)
  } catch (error) {
    return unread(kind, isAppError(error, 'document.too-large') ? 'too-large' : 'broken')
  }
}

/** Each library is loaded when it is first needed: most processes need few of them. */
async function readKind(kind: DocumentKind, source: DocumentSource, limits: ReadLimits): Promise<Reading> {
  const { bytes } = source
  switch (kind) {
    case 'pdf':
      return (await import('./read-pdf.ts')).readPdf(bytes, limits)
    case 'docx':
      return (await import('./read-docx.ts')).readDocx(bytes, limits)
    case 'doc':
      return (await import('./read-doc.ts')).readDoc(bytes, limits)
    case 'xlsx':
    case 'xls':
      return (await import('./read-workbook.ts')).readWorkbook(bytes, kind, limits)
    case 'pptx':
      return (await import('./read-pptx.ts')).readPptx(bytes, limits)
    case 'csv':
      return (await import('./read-csv.ts')).readCsv(source, limits)
    case 'html':
      return (await import('../pages/read-page.ts')).readPage(source, limits)
    case 'text':
    case 'markdown':
    case 'json':
      return (await import('./read-text.ts')).readText(source, kind, limits)
    case 'zip':
      return listArchive(bytes)
    case 'office-locked':
      return unread(kind, 'encrypted')
    default:
      return unread(kind, 'unsupported')
  }
}
