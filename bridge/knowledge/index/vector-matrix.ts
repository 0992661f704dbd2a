/** The vectors of the index side by side, compared one by one: exact, and quick enough for tens of thousands. */
export interface VectorMatrix {
  readonly size: number
  /** The places of the nearest, best first, with their cosine. Undefined when the vector is of another length. */
  nearest(
    vector: Float32Array,
    limit: number,
    isWanted: (place: number) => boolean,
  ): { place: number; cosine: number }[]
}

export function createVectorMatrix(vectors: readonly Float32Array[]): VectorMatrix {
  const dimensions = vectors[0]?.length ?? 0
  const all = new Float32Array(vectors.length * dimensions)
  for (const [row, vector] of vectors.entries()) {
    if (vector.length === dimensions) all.set(toUnit(vector), row * dimensions)
  }
  return {
    size: vectors.length,
    nearest(vector, limit, isWanted) {
      if (vector.length !== dimensions || dimensions === 0) return []
      const wanted = toUnit(vector)
      const found: { place: number; cosine: number }[] = []
      let least = -Infinity
      for (let place = 0; place < vectors.length; place += 1) {
        if (!isWanted(place)) continue
        const cosine = dot(all, place * dimensions, wanted)
        if (cosine <= least) continue
        found.push({ place, cosine })
        // Trimmed now and then rather than kept in order.
        if (found.length >= limit * 4) {
          found.sort((one, other) => other.cosine - one.cosine).length = limit
          least = found[limit - 1]?.cosine ?? -Infinity
        }
      }
      return found.sort((one, other) => other.cosine - one.cosine).slice(0, limit)
    },
  }
}

/** Four sums side by side, so that no addition waits for the one before. */
function dot(all: Float32Array, start: number, vector: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const length = vector.length - (vector.length % 4)
  for (let index = 0; index < length; index += 4) {
    a += (all[start + index] ?? 0) * (vector[index] ?? 0)
    b += (all[start + index + 1] ?? 0) * (vector[index + 1] ?? 0)
    c += (all[start + index + 2] ?? 0) * (vector[index + 2] ?? 0)
    d += (all[start + index + 3] ?? 0) * (vector[index + 3] ?? 0)
  }
  for (let index = length; index < vector.length; index += 1) a += (all[start + index] ?? 0) * (vector[index] ?? 0)
  return a + b + c + d
}

function toUnit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return norm === 0 ? vector : vector.map((value) => value / norm)
}
