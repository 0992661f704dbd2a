import type { NearQuery } from '../store/vector-index.ts'

/**
 * Who finds the chunks that are near by vector: the index of this process, or the database where it can. The ids of the nearest ones for
 * each vector, best first. Rejects with a retryable error when that is not to be had now.
 */
export type FindNear = (query: NearQuery, signal?: AbortSignal) => Promise<string[][]>
