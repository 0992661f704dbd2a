/**
 * Publishes pointers, at once or when their row is due. What is lost here, by a crash or because the broker is away, the
 * sweeper brings back.
 */
import type { Pointer } from '../bus/bus.ts'
import type { Logger } from '../logger.ts'

export interface WakerDeps {
  publish: (pointer: Pointer) => Promise<void>
  now: () => number
  log: Logger
}

export interface Waker {
  /** `at` in unix ms; a later time for the same row replaces an earlier one. */
  wake(pointer: Pointer, at?: number): void
  stop(): void
}

/** Timers may fire this much before their time, ms; by a clock that jumped, the sweeper goes. */
const MAX_EARLY_MS = 20

export function createWaker({ publish, now, log }: WakerDeps): Waker {
  const timers = new Map<string, NodeJS.Timeout>()
  let isStopped = false

  const send = (pointer: Pointer): void => {
    publish(pointer).catch((error: unknown) => log.warn('bus.publish-failed', { stage: pointer.stage, error }))
  }

  return {
    wake(pointer, at = 0) {
      if (isStopped) return
      const delayMs = at - now()
      if (delayMs <= 0) return send(pointer)
      const id = `${pointer.stage} ${pointer.key}`
      const fire = () => {
        const leftMs = at - now()
        // A millisecond too soon the row is not due, and the pointer is spent in vain.
        if (leftMs > 0 && leftMs <= MAX_EARLY_MS) return arm(leftMs)
        timers.delete(id)
        send(pointer)
      }
      const arm = (ms: number) => {
        const timer = setTimeout(fire, ms)
        timer.unref()
        timers.set(id, timer)
      }
      clearTimeout(timers.get(id))
      arm(delayMs)
    },
    stop() {
      isStopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
