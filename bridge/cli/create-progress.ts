/** One line on the terminal that says what is waited for, from the second second on, and goes when it is over. */
import type { Progress } from './command.ts'
import type { Text } from './language.ts'

export interface ProgressDeps {
  say: (text: Text) => string
  write: (text: string) => void
  isShown: boolean
  /** Default 1,000. */
  afterMs?: number
}

const clearLine = '\r\u001b[K'

export function createProgress({ say, write, isShown, afterMs = 1_000 }: ProgressDeps): Progress {
  if (!isShown) return (_what, work) => work
  return async (what, work) => {
    const startedAt = performance.now()
    let isWritten = false
    const show = () => {
      isWritten = true
      write(`${clearLine}${say(what)} ${Math.round((performance.now() - startedAt) / 1000)} s`)
    }
    const timer = setInterval(show, afterMs)
    try {
      return await work
    } finally {
      clearInterval(timer)
      if (isWritten) write(clearLine)
    }
  }
}
