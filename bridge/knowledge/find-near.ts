/** Who finds the chunks that are near by vector: the index of this process, or the database where it can. */
export interface NearQuery {
  /** Of the vectors: those of another can't be compared. */
  model: string
  vectors: readonly Float32Array[]
  /** Undefined: all. */
  bases: readonly string[] | undefined
  limit: number
}

/** The ids of the nearest chunks for each vector, best first. Rejects with a retryable error when that is not to be had now. */
export type FindNear = (query: NearQuery, signal?: AbortSignal) => Promise<string[][]>
