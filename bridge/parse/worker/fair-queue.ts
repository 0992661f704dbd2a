/**
 * One piece of work at a time, and everybody's turn in rotation: whoever has ten of them waits for the tenth, but nobody else does. Within
 * one's own the order is that of arrival.
 */
export interface FairQueue {
  /** Resolves or rejects as `task` does, which is begun at its turn. */
  run<T>(whose: string, task: () => Promise<T>): Promise<T>
  /** What waits or runs. */
  readonly size: number
}

export function createFairQueue(): FairQueue {
  // In the order of turns: who had theirs goes to the end.
  const waiting = new Map<string, (() => Promise<void>)[]>()
  let size = 0
  let isRunning = false

  const work = async () => {
    if (isRunning) return
    isRunning = true
    for (let [turn] = waiting; turn !== undefined; [turn] = waiting) {
      const [whose, own] = turn
      await own.shift()?.()
      size -= 1
      waiting.delete(whose)
      if (own.length > 0) waiting.set(whose, own)
    }
    isRunning = false
  }

  return {
    get size() {
      return size
    },
    run<T>(whose: string, task: () => Promise<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const own = waiting.get(whose) ?? []
      own.push(() => Promise.resolve().then(task).then(resolve, reject))
      waiting.set(whose, own)
      size += 1
      void work()
      return promise
    },
  }
}
