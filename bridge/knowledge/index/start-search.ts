/**
 * The index in a thread of its own, so that searching never holds up the pipeline. The thread is started when it is first needed, and again when it
 * has died; what it was asked meanwhile is `knowledge.unavailable`, which passes.
 */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../../shared/app-error.ts'
import type { NearQuery } from '../../store/vector-index.ts'
import type { FindNear } from '../find-near.ts'
import type { IndexDocument, IndexHit, IndexQuery } from './index-document.ts'

export interface SearchOptions {
  /** Of the index file; made when it is not there. */
  path: string
  /** For one call. Default 30,000: putting in a large document takes a while, and calls wait for each other. */
  deadlineMs?: number
}

export interface Search {
  versions(): Promise<Map<string, number>>
  put(documents: readonly IndexDocument[]): Promise<void>
  remove(ids: readonly string[]): Promise<void>
  /** By the vectors that were put in, all compared. */
  near: FindNear
  search(query: IndexQuery, signal?: AbortSignal): Promise<IndexHit[]>
  /** All questions with their answers; undefined when they are more than `limit`, or when the bases hold anything else. */
  questions(bases: readonly string[] | undefined, limit: number): Promise<{ title: string; text: string }[] | undefined>
  close(): Promise<void>
}

export interface ThreadCall {
  id: number
  call:
    | { kind: 'versions' }
    | { kind: 'put'; documents: readonly IndexDocument[] }
    | { kind: 'remove'; ids: readonly string[] }
    | { kind: 'near'; query: NearQuery }
    | { kind: 'search'; query: IndexQuery }
    | { kind: 'questions'; bases: readonly string[] | undefined; limit: number }
}

export type ThreadAnswer = { id: number; result: unknown } | { id: number; fault: string }

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const HEAP_MB = 256

export function startSearch({ path, deadlineMs = 30_000 }: SearchOptions): Search {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let thread: Worker | undefined
  let isClosed = false

  const start = (): Worker => {
    const started = new Worker(new URL('./search-thread.ts', import.meta.url), {
      workerData: { path },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      execArgv: ['--no-warnings'],
      // No secret of ours is needed there.
      env: {},
    })
    started.on('message', (answer: ThreadAnswer) => {
      const one = waiting.get(answer.id)
      if ('fault' in answer) one?.reject(unavailable(answer.fault))
      else one?.resolve(answer.result)
    })
    const gone = (why: string) => {
      if (thread !== started) return
      thread = undefined
      for (const one of waiting.values()) one.reject(unavailable(why))
    }
    started.on('error', (error) => gone(error.message))
    started.on('exit', () => gone('the thread that searches has ended'))
    // It alone keeps no process alive.
    started.unref()
    return started
  }

  const ask = async <T>(call: ThreadCall['call'], signal?: AbortSignal): Promise<T> => {
    if (isClosed) throw unavailable('the index is closed')
    signal?.throwIfAborted()
    thread ??= start()
    const asked = thread
    lastId += 1
    const id = lastId
    let stop = () => {}
    const timer = setTimeout(() => waiting.get(id)?.reject(unavailable('the index takes too long')), deadlineMs)
    try {
      return await new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: (value) => resolve(value as T), reject })
        stop = () => reject(signal?.reason)
        signal?.addEventListener('abort', stop, { once: true })
        asked.postMessage({ id, call } satisfies ThreadCall)
      })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      waiting.delete(id)
    }
  }

  return {
    versions: () => ask({ kind: 'versions' }),
    put: (documents) => ask({ kind: 'put', documents }),
    remove: (ids) => ask({ kind: 'remove', ids }),
    near: (query, signal) => ask({ kind: 'near', query }, signal),
    search: (query, signal) => ask({ kind: 'search', query }, signal),
    questions: (bases, limit) => ask({ kind: 'questions', bases, limit }),
    async close() {
      isClosed = true
      const ending = thread
      if (ending === undefined) return
      const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
      ending.ref()
      ending.postMessage('close')
      const late = setTimeout(() => void ending.terminate(), 2_000)
      await ended
      clearTimeout(late)
    },
  }
}

function unavailable(why: string): AppError {
  return new AppError('knowledge.unavailable', `the knowledge can't be searched: ${why}`, { retryable: true })
}
