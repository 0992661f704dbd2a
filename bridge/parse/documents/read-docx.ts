/** A Word document: its paragraphs, lists and tables in order. Hidden text and pictures are left out. */
import { zipSync } from 'fflate'
import { parseHTML } from 'linkedom'
import mammoth from 'mammoth'
import type { PageDocument } from '../pages/page-node.ts'
import { toText } from '../pages/to-text.ts'
import { openZip } from './open-zip.ts'
import { type Reading, type ReadLimits, unread } from './reading.ts'
import { tidyLine, tidyText } from './tidy-text.ts'
import { toXmlText } from './to-xml-text.ts'

const WANTED = /^(\[Content_Types\]\.xml|_rels\/.*|docProps\/core\.xml|word\/[\w.]+\.xml|word\/_rels\/.*)$/

export async function readDocx(bytes: Uint8Array, { maxChars }: ReadLimits): Promise<Reading> {
  // Packed anew, uncompressed: the library then unpacks nothing that has not been measured.
  const entries = openZip(bytes, (name) => WANTED.test(name))
  const plain = Object.fromEntries([...entries].map(([name, entry]) => [name, withoutHiddenRuns(name, entry)]))
  const packed = zipSync(plain, { level: 0 })
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(packed.buffer, packed.byteOffset, packed.length) },
    { convertImage: mammoth.images.imgElement(async () => ({ src: '' })), externalFileAccess: false },
  )
  const { document } = parseHTML(`<!doctype html><html><body>${value}</body></html>`) as unknown as {
    document: PageDocument
  }
  const { text, isCut } = tidyText(toText(document.body), maxChars)
  if (text === '') return unread('docx', 'empty')
  const title = /<dc:title>([^<]*)</.exec(toXmlText(entries.get('docProps/core.xml')))?.[1] ?? ''
  return {
    outcome: 'read',
    kind: 'docx',
    title: tidyLine(title),
    text,
    notes: isCut ? ['文档很长，只读取了前面的部分'] : [],
    isPartial: isCut,
  }
}

const RUN = /<w:r(?:\s[^<>]*)?>(?:(?!<\/?w:r[\s>])[\s\S])*<\/w:r>/g
const HIDDEN = /<w:vanish(?:\s+w:val="(?:1|true|on)")?\s*\/>/

/** Whoever opens the document doesn't see them, so neither does the model. */
function withoutHiddenRuns(name: string, entry: Uint8Array): Uint8Array {
  if (!/^word\/[\w.]+\.xml$/.test(name)) return entry
  const xml = toXmlText(entry)
  return xml.includes('<w:vanish')
    ? new TextEncoder().encode(xml.replace(RUN, (run) => (HIDDEN.test(run) ? '' : run)))
    : entry
}
