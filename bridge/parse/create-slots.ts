/** At most so many works at the same time, the others in the order of their arrival. One that is called off leaves its place to the next. */
export type InSlot = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

export function createSlots(count: number): InSlot {
  let free = count
  const waiting: (() => void)[] = []

  const enter = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(enterNow), 1)
        reject(signal.reason)
      }
      const enterNow = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
      waiting.push(enterNow)
    })

  return async (work, signal) => {
    signal.throwIfAborted()
    if (free > 0) free -= 1
    else await enter(signal)
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
