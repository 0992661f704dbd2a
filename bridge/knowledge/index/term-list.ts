/** The terms of an entry as bytes: their hashes in ascending order, four bytes each, then how often each occurs, one byte each. */
export interface TermList {
  hashes: Int32Array
  counts: Uint8Array
}

const MAX_COUNT = 255

export function toTermList(terms: readonly number[]): TermList {
  const sorted = Int32Array.from(terms).sort()
  const hashes = new Int32Array(sorted.length)
  const counts = new Uint8Array(sorted.length)
  let size = 0
  for (const hash of sorted) {
    if (size === 0 || hashes[size - 1] !== hash) {
      hashes[size] = hash
      size += 1
    }
    counts[size - 1] = Math.min(MAX_COUNT, (counts[size - 1] ?? 0) + 1)
  }
  return { hashes: hashes.slice(0, size), counts: counts.slice(0, size) }
}

export function encodeTerms({ hashes, counts }: TermList): Uint8Array {
  const bytes = new Uint8Array(hashes.length * 5)
  bytes.set(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength))
  bytes.set(counts, hashes.byteLength)
  return bytes
}

export function decodeTerms(bytes: Uint8Array): TermList {
  const size = Math.floor(bytes.length / 5)
  // Copied, so that it begins at a multiple of four.
  const hashes = new Int32Array(bytes.slice(0, size * 4).buffer)
  return { hashes, counts: bytes.subarray(size * 4) }
}

/** How often the term occurs. */
export function countOf({ hashes, counts }: TermList, hash: number): number {
  let low = 0
  let high = hashes.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = hashes[middle] ?? 0
    if (found === hash) return counts[middle] ?? 0
    if (found < hash) low = middle + 1
    else high = middle - 1
  }
  return 0
}
