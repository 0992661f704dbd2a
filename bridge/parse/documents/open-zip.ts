/** Zips, read with caps on everything: what an archive says about itself may be a lie. */
import { unzipSync } from 'fflate'
import { AppError } from '../../../shared/app-error.ts'

export interface ZipEntry {
  name: string
  /** Uncompressed, as the archive says. */
  size: number
}

const MAX_ENTRIES = 5_000
const MAX_ENTRY_BYTES = 40_000_000
const MAX_TOTAL_BYTES = 80_000_000

/** The archive's table of contents; nothing is unpacked. Throws for what is no zip, `document.too-large` for too many entries. */
export function listEntries(bytes: Uint8Array): ZipEntry[] {
  const entries: ZipEntry[] = []
  unzipSync(bytes, {
    filter({ name, originalSize }) {
      if (entries.length >= MAX_ENTRIES) throw tooLarge()
      entries.push({ name: toReadableName(name), size: originalSize })
      return false
    },
  })
  return entries
}

/**
 * The wanted entries, unpacked, by name. Throws `document.too-large` when they are larger than a document may be. What unpacks to more than
 * it says is cut off there: the space is measured beforehand.
 */
export function openZip(bytes: Uint8Array, isWanted: (name: string) => boolean): Map<string, Uint8Array> {
  let entries = 0
  let total = 0
  const found = unzipSync(bytes, {
    filter({ name, originalSize }) {
      entries += 1
      if (entries > MAX_ENTRIES) throw tooLarge()
      if (!isWanted(name)) return false
      total += originalSize
      if (originalSize > MAX_ENTRY_BYTES || total > MAX_TOTAL_BYTES) throw tooLarge()
      return true
    },
  })
  return new Map(Object.entries(found))
}

function tooLarge(): AppError {
  return new AppError('document.too-large', 'the archive unpacks to more than is read', { retryable: false })
}

/** Names without the mark of UTF-8 come from a Chinese Windows and are GBK. */
function toReadableName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes, not characters
  if (!/[\u0080-\u00ff]/.test(name) || /[^\u0000-\u00ff]/.test(name)) return name
  return new TextDecoder('gb18030').decode(Buffer.from(name, 'latin1'))
}
