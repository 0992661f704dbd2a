/**
 * Notices when the clock that leases and delays live by jumps against the monotonic one: set by hand or by NTP, after a suspended machine
 * woke up, or because a database server's did. One process does it for all.
 *
 * Forward, rows are due early and leases run out early, which costs work but loses and doubles nothing. Back, everything would wait for as
 * long as the jump, so the times are moved along.
 */
import type { Logger } from '../logger.ts'
import type { ClockStore } from '../store/clock-store.ts'

export interface ClockGuardDeps {
  clock: ClockStore
  /** The clock of the rows, unix ms. */
  now: () => number
  log: Logger
  /** Never jumps, ms. */
  monotonic?: () => number
}

export interface ClockGuard {
  /** Begins to look; what lies too far ahead already is set right. */
  start(): Promise<void>
  /** One look. */
  check(): Promise<void>
}

/** Looks after a jump at which is also looked for what processes wrote that had not noticed it yet. */
const LOOKS_AFTER = 5
/** Less is drift, or a process that was held up. */
const JUMP_MS = 5000

export function createClockGuard({ clock, now, log, monotonic = () => performance.now() }: ClockGuardDeps): ClockGuard {
  let last = { now: now(), monotonic: monotonic() }
  let looksLeft = 0

  const clamp = async (): Promise<void> => {
    const rows = await clock.clamp()
    if (rows > 0) log.warn('clock.was-ahead', { rows })
  }

  return {
    async start() {
      last = { now: now(), monotonic: monotonic() }
      await clamp()
    },
    async check() {
      const current = { now: now(), monotonic: monotonic() }
      const sinceMs = current.monotonic - last.monotonic
      const byMs = Math.round(current.now - last.now - sinceMs)
      if (Math.abs(byMs) <= JUMP_MS) {
        last = current
        if (looksLeft === 0) return
        await clamp()
        looksLeft -= 1
        return
      }
      await clock.follow({ byMs, lastNow: last.now, sinceMs: Math.round(sinceMs) })
      // Only now: a database that could not be written is to be told again.
      last = current
      looksLeft = LOOKS_AFTER
      log.error('clock.jumped', { byMs })
    },
  }
}
