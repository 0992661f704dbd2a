/** An older Word document (1997 to 2003): its text, notes and text boxes. Hidden and deleted text is left out. */
import WordExtractor from 'word-extractor'
import { type Reading, type ReadLimits, unread } from './reading.ts'
import { tidyText } from './tidy-text.ts'

/** Of a file information block. https://learn.microsoft.com/openspecs/office_file_formats/ms-doc/ */
const FIB_MAGIC = Buffer.from([0xec, 0xa5])
const FLAGS_AT = 10
const ENCRYPTED = 0x0100
/** What marks a run of characters as hidden, and as deleted; on. */
const HIDDEN = Buffer.from([0x3c, 0x08, 1])
const DELETED = Buffer.from([0x00, 0x08, 1])

export async function readDoc(bytes: Uint8Array, { maxChars }: ReadLimits): Promise<Reading> {
  if (isEncrypted(bytes)) return unread('doc', 'encrypted')
  const document = await new WordExtractor().extract(withoutHiddenRuns(bytes))
  const parts = [document.getBody(), document.getFootnotes(), document.getEndnotes(), document.getTextboxes()]
  const { text, isCut } = tidyText(parts.map(tidyCells).filter(Boolean).join('\n'), maxChars)
  if (text === '') return unread('doc', 'empty')
  const notes = isCut ? ['文档很长，只读取了前面的部分'] : []
  return { outcome: 'read', kind: 'doc', title: '', text, notes, isPartial: isCut }
}

/** Blocks begin where sectors do. */
function isEncrypted(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 512; at + FLAGS_AT + 2 <= file.length; at += 512) {
    if (file.subarray(at, at + 2).equals(FIB_MAGIC)) return (file.readUInt16LE(at + FLAGS_AT) & ENCRYPTED) !== 0
  }
  return false
}

/** The library leaves deleted runs out and knows no hidden ones, so these become those. No text holds these three bytes. */
function withoutHiddenRuns(bytes: Uint8Array): Buffer {
  const file = Buffer.from(bytes)
  for (let at = file.indexOf(HIDDEN); at !== -1; at = file.indexOf(HIDDEN, at + 1)) DELETED.copy(file, at)
  return file
}

/** A cell ends with a tab, a row with another one. */
function tidyCells(text: string): string {
  return text
    .replace(/\t\t/g, '\n')
    .replace(/\t(?=\n|$)/g, '')
    .replace(/(?<=\S)\t(?=\S)/g, ' | ')
}
