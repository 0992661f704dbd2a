/** The vectors of the index side by side, compared one by one: exact, and quick enough for tens of thousands. */
export interface VectorMatrix {
  /** The places of the nearest, best first, with their cosine. None when the vector is of another length. */
  nearest(
    vector: Float32Array,
    limit: number,
    isWanted: (place: number) => boolean,
  ): { place: number; cosine: number }[]
}

/** Of length 1, so that comparing two is one product. */
export function toUnit(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const norm = Math.sqrt(sum)
  return norm === 0 ? vector : vector.map((value) => value / norm)
}

/** `all` holds unit vectors of `dimensions` numbers, one after the other. */
export function createVectorMatrix(all: Float32Array, dimensions: number): VectorMatrix {
  const size = dimensions === 0 ? 0 : all.length / dimensions
  return {
    nearest(vector, limit, isWanted) {
      if (vector.length !== dimensions) return []
      const wanted = toUnit(vector)
      const found: { place: number; cosine: number }[] = []
      let least = -Infinity
      for (let place = 0; place < size; place += 1) {
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
