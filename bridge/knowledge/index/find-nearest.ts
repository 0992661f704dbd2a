import type { NearQuery } from '../../store/vector-index.ts'
import type { IndexFile } from './open-index-file.ts'

/** Compares with every vector of the model: exact. */
export function findNearest(index: IndexFile, { model, vectors, bases, limit }: NearQuery): string[][] {
  const { matrix, chunks } = index.vectors(model)
  const wanted = bases === undefined ? undefined : new Set(bases)
  const isWanted = (place: number) => wanted === undefined || wanted.has(chunks[place]?.base ?? '')
  return vectors.map((vector) =>
    matrix.nearest(vector, limit, isWanted).flatMap(({ place }) => chunks[place]?.id ?? []),
  )
}
