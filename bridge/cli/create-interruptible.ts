/**
 * Ctrl-C (and SIGTERM) while something runs that must not be left half done: it is told to stop and cleans up. Whoever means it says it
 * again, and then the process ends as it always would. Outside such a run nobody listens, and the first one ends it.
 */
import { AppError } from '../../shared/app-error.ts'
import type { Interruptible } from './command.ts'
import type { Text } from './language.ts'

/** Calls the listener for each interrupt, until the returned function is called. */
export type OnInterrupt = (listener: () => void) => () => void

export interface InterruptibleDeps {
  say: (text: Text) => string
  onInterrupt: OnInterrupt | undefined
}

/** npm passes on what the terminal has sent to all: two signals that come closer together are one. */
const ECHO_MS = 300

export function createInterruptible({ say, onInterrupt }: InterruptibleDeps): Interruptible {
  return async (work) => {
    const ending = new AbortController()
    let deaf: NodeJS.Timeout | undefined
    const stopListening = onInterrupt?.(() => {
      const message = say({ zh: '已中断', en: 'interrupted' })
      ending.abort(new AppError('cli.interrupted', message, { retryable: true }))
      deaf ??= setTimeout(() => stopListening?.(), ECHO_MS).unref()
    })
    try {
      return await work(ending.signal)
    } finally {
      clearTimeout(deaf)
      stopListening?.()
    }
  }
}
