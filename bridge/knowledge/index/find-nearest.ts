import type { NearQuery } from '../find-near.ts'
import type { IndexFile } from './open-index-file.ts'

/** Compares with every vector of the index: exact. The index holds those of one model, or of another length. */
export function findNearest(index: IndexFile, { vectors, bases, limit }: Omit<NearQuery, 'model'>): string[][] {
  const { matrix, chunks } = index.vectors()
  const wanted = bases === undefined ? undefined : new Set(bases)
  const isWanted = (place: number) => wanted === undefined || wanted.has(chunks[place]?.base ?? '')
  return vectors.map((vector) =>
    matrix.nearest(vector, limit, isWanted).flatMap(({ place }) => chunks[place]?.id ?? []),
  )
}
