// A few sizes, so that the prepared statements are few.
const SIZES = [50, 10, 1] as const

/** The items in order, cut into pieces of a few sizes: for statements whose text depends on how many values they take. */
export function inChunks<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = []
  let done = 0
  for (const size of SIZES) {
    for (; items.length - done >= size; done += size) chunks.push(items.slice(done, done + size))
  }
  return chunks
}
