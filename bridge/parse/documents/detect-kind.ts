/** What a file is, by its content; its name is only asked where the content leaves it open, which is among texts. */
import { listEntries } from './open-zip.ts'
import type { DocumentKind, DocumentSource } from './reading.ts'

const signatures: readonly (readonly [kind: DocumentKind, offset: number, bytes: string])[] = [
  ['rtf', 0, '{\\rtf'],
  ['archive', 0, 'Rar!\x1a\x07'],
  ['archive', 0, "7z\xbc\xaf'\x1c"],
  ['archive', 0, '\x1f\x8b'],
  ['archive', 0, 'BZh'],
  ['archive', 0, '\xfd7zXZ'],
  ['archive', 0, '(\xb5/\xfd'],
  ['archive', 257, 'ustar'],
  ['image', 0, '\x89PNG'],
  ['image', 0, '\xff\xd8\xff'],
  ['image', 0, 'GIF8'],
  ['image', 0, 'BM'],
  ['image', 0, 'II*\0'],
  ['image', 0, 'MM\0*'],
  ['image', 8, 'WEBP'],
  ['image', 4, 'ftyphei'],
  ['image', 4, 'ftypmif1'],
  ['image', 4, 'ftypavif'],
  ['audio', 0, '#!AMR'],
  ['audio', 0, '#!SILK'],
  ['audio', 1, '#!SILK'],
  ['audio', 0, 'ID3'],
  ['audio', 0, '\xff\xfb'],
  ['audio', 0, '\xff\xfa'],
  ['audio', 0, '\xff\xf3'],
  ['audio', 0, '\xff\xf2'],
  ['audio', 0, '\xff\xf1'],
  ['audio', 0, '\xff\xf9'],
  ['audio', 0, 'OggS'],
  ['audio', 0, 'fLaC'],
  ['audio', 8, 'WAVE'],
  ['audio', 4, 'ftypM4A'],
  ['video', 4, 'ftyp'],
  ['video', 8, 'AVI '],
  ['video', 0, '\x1aE\xdf\xa3'],
  ['video', 0, 'FLV'],
  ['video', 0, '\0\0\x01\xba'],
  ['program', 0, 'MZ'],
  ['program', 0, '\x7fELF'],
  ['program', 0, '\xca\xfe\xba\xbe'],
  ['program', 0, '\xcf\xfa\xed\xfe'],
  ['program', 0, '\0asm'],
]

/** A part by which a package in a zip is known. */
const packages: readonly (readonly [kind: DocumentKind, part: RegExp])[] = [
  ['docx', /^word\/document\d*\.xml$/],
  ['xlsx', /^xl\/workbook\.(xml|bin)$/],
  ['pptx', /^ppt\/presentation\.xml$/],
  ['ofd', /^OFD\.xml$/i],
  ['epub', /^META-INF\/container\.xml$/],
  ['opendocument', /^META-INF\/manifest\.xml$/],
  ['program', /^(AndroidManifest\.xml|META-INF\/MANIFEST\.MF)$/],
]

/** Names in the directory of an older Office file. */
const streams: readonly (readonly [kind: DocumentKind, name: string])[] = [
  ['office-locked', 'EncryptedPackage'],
  ['doc', 'WordDocument'],
  ['ppt', 'PowerPoint Document'],
  ['xls', 'Workbook'],
  ['xls', 'Book'],
]

export function detectKind(source: DocumentSource): DocumentKind {
  const { bytes } = source
  // Viewers take a PDF that begins within the first KB, and so do those who send them.
  if (toLatin1(bytes, 0, 1024).includes('%PDF-')) return 'pdf'
  if (isAt(bytes, 0, 'PK\x03\x04') || isAt(bytes, 0, 'PK\x05\x06')) return detectPackage(bytes)
  if (isAt(bytes, 0, '\xd0\xcf\x11\xe0')) return detectCompound(bytes)
  const known = signatures.find(([, offset, signature]) => isAt(bytes, offset, signature))
  if (known !== undefined && !isPlainText(bytes)) return known[0]
  if (known?.[0] === 'rtf') return 'rtf'
  if (isPlainText(bytes)) return detectText(source)
  // A transport stream has a mark at each packet.
  return [0, 188, 376].every((at) => isAt(bytes, at, 'G')) ? 'video' : 'unknown'
}

function detectPackage(bytes: Uint8Array): DocumentKind {
  const names = listEntries(bytes).map((entry) => entry.name)
  return packages.find(([, part]) => names.some((name) => part.test(name)))?.[0] ?? 'zip'
}

function detectCompound(bytes: Uint8Array): DocumentKind {
  const has = (name: string) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(name, 0, 'utf16le')
  return streams.find(([, name]) => has(name))?.[0] ?? 'unknown'
}

function detectText({ bytes, name = '', contentType = '' }: DocumentSource): DocumentKind {
  const head = toLatin1(bytes, 0, 4096).replaceAll('\0', '').trimStart().toLowerCase()
  const ending = /\.(\w{1,8})$/.exec(name.toLowerCase())?.[1] ?? ''
  if (/^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(!doctype html|html|head|body)\b/.test(head))
    return 'html'
  if (/\b(html|xhtml\+xml)\b/.test(contentType)) return 'html'
  if (['html', 'htm', 'xhtml'].includes(ending) && head.includes('<')) return 'html'
  if (ending === 'csv' || ending === 'tsv' || contentType.startsWith('text/csv')) return 'csv'
  if (ending === 'md' || ending === 'markdown' || contentType.includes('markdown')) return 'markdown'
  if (/^[{[]/.test(head) && (ending === 'json' || isJson(bytes))) return 'json'
  return 'text'
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'))
    return true
  } catch {
    return false
  }
}

/** Text in any charset: hardly a control character in its beginning. UTF-16 has a mark, or a zero in every other place. */
function isPlainText(bytes: Uint8Array): boolean {
  if (isAt(bytes, 0, '\xff\xfe') || isAt(bytes, 0, '\xfe\xff')) return true
  const head = bytes.subarray(0, 8192)
  const zeros = [0, 0]
  let controls = 0
  for (const [index, byte] of head.entries()) {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
    else if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127) controls += 1
  }
  if (controls > head.length / 100) return false
  const [even = 0, odd = 0] = zeros
  return even + odd === 0 || (Math.min(even, odd) === 0 && even + odd > head.length / 4)
}

function isAt(bytes: Uint8Array, offset: number, signature: string): boolean {
  return toLatin1(bytes, offset, signature.length) === signature
}

function toLatin1(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', offset, offset + length)
}
