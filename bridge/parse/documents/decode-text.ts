/** Bytes of unknown charset as text: what the bytes say themselves goes before what was said about them. */
import { analyse } from 'chardet'

export interface TextOrigin {
  contentType?: string | undefined
  /** Look for a charset in the markup. */
  isHtml?: boolean
}

const SAMPLE_BYTES = 64_000
const LATIN = /^(windows-125\d|iso-8859-\d+|us-ascii|ascii)$/i

/** Never throws. Order: byte order mark, header, markup, what fits. */
export function decodeText(bytes: Uint8Array, { contentType = '', isHtml = false }: TextOrigin = {}): string {
  const marked = markOf(bytes)
  if (marked !== undefined) return new TextDecoder(marked).decode(bytes)
  const declared = [/charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1], isHtml ? findMeta(bytes) : undefined]
  // Servers say Latin by default, of Chinese pages too.
  const [weak, strong] = partition(
    declared.filter((label) => label !== undefined),
    (label) => LATIN.test(label),
  )
  for (const label of [...strong, 'utf-8', ...guess(bytes), ...weak]) {
    const text = tryDecode(bytes, label)
    if (text !== undefined) return text
  }
  // Damaged in places: what was declared, or what it most likely is.
  return tryDecode(bytes, strong[0] ?? 'gb18030', false) ?? new TextDecoder().decode(bytes)
}

function markOf(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return undefined
}

/** `<meta charset>`, `<meta http-equiv>` or an XML declaration, in the first 2 KB. */
function findMeta(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1')
  return /<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)/i.exec(head)?.[1]
}

function guess(bytes: Uint8Array): string[] {
  if (isLikeGbk(bytes)) return ['gb18030']
  const names = analyse(bytes.subarray(0, SAMPLE_BYTES)).map(({ name }) => name)
  // Of little text every charset of one byte fits; GBK that fits as well is the better guess here.
  const [latin, other] = partition(names, (name) => LATIN.test(name))
  return [...other.filter((name) => !/^utf-8$/i.test(name)), 'gb18030', ...latin]
}

/** Statistics need more text than a short file has; nearly every pair within GB2312, most of them of its common half, is enough. */
function isLikeGbk(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  let pairs = 0
  let known = 0
  let common = 0
  for (let index = 0; index < sample.length - 1; index += 1) {
    const lead = sample[index] ?? 0
    if (lead < 0x80) continue
    index += 1
    pairs += 1
    if ((sample[index] ?? 0) < 0xa1) continue
    if ((lead >= 0xa1 && lead <= 0xa9) || (lead >= 0xb0 && lead <= 0xf7)) known += 1
    if (lead <= 0xa3 || (lead >= 0xb0 && lead <= 0xd7)) common += 1
  }
  return pairs > 0 && known >= pairs * 0.95 && common >= pairs * 0.6
}

/** Undefined for an unknown label and, when strict, for text that doesn't fit. A cut off end fits. */
function tryDecode(bytes: Uint8Array, label: string, isStrict = true): string | undefined {
  try {
    return new TextDecoder(label, { fatal: isStrict }).decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): [yes: T[], no: T[]] {
  return [values.filter(test), values.filter((value) => !test(value))]
}
