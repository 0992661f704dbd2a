import type { Logger } from './logger.ts'

/** Two signals that come closer together are one. */
const ECHO_MS = 300

/** Ends this process in order when it is told to, and at once when it is told again. */
export function endOnSignal(stop: () => Promise<void>, log: Logger): void {
  let stoppingSince: number | undefined
  const end = async (signal: string) => {
    if (stoppingSince !== undefined) {
      // The second signal means it, unless it is the first one's echo: npm passes on what the terminal has sent to all.
      if (performance.now() - stoppingSince > ECHO_MS) process.exit(1)
      return
    }
    stoppingSince = performance.now()
    log.info('bridge.signal', { signal })
    await stop()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal))
}
