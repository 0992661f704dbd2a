/**
 * Keeps this process below its share of the platform's limits, which hold for the whole corp: 10,000 calls of one API in a minute, 150,000
 * in an hour. A call waits for its turn a short while and is refused here, as the platform would, when that is not enough.
 *
 * - After 45009 nothing of that API is sent until the window is over: the block lasts as long as the window that was exceeded, and
 *   calling on may prolong it. Refused again, the next wait is twice as long, up to ten minutes.
 * - After 45033 only half as many run at once as did then; from there one more for every twenty that the platform answers.
 *
 * `onBlocked`, `block` and `share` are for processes to tell each other.
 * Source: https://developer.work.weixin.qq.com/document/path/90312
 */
import { isAppError } from '../../shared/app-error.ts'
import { refused, unreachable } from './wecom-error.ts'

export interface CallLimiterDeps {
  /** Unix milliseconds. */
  now: () => number
  /** Calls of `key` are blocked until then, unix milliseconds. */
  onBlocked?: (key: string, until: number) => void
}

export interface CallLimiterOptions {
  /** Default 9,800: a margin for what other programs of the corp call. */
  perMinute?: number
  /** Default 147,000. */
  perHour?: number
  /** The shortest block after 45009. Default 60,000. */
  windowMs?: number
  /** How long a call may wait for its turn. Default 5,000. */
  maxWaitMs?: number
}

export interface CallLimiter {
  /** Rejects with `wecom.refused` 45009 or 45033, `details.retryAfterMs`, without having called. */
  run<T>(path: string, key: string, operate: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Another process was refused. */
  block(key: string, until: number): void
  /** So many processes call, this one included. Default 1. */
  share(processes: number): void
  /** Of each API that was called: how many calls may be made at once now; none while it is blocked. */
  left(): { api: string; calls: number }[]
}

interface Lane {
  minute: Bucket
  hour: Bucket
  blockedAt: number
  blockedUntil: number
  blockMs: number
  running: number
  /** How many may run at once; Infinity until 45033. */
  cap: number
  answered: number
  waiting: Waiter[]
  timer: NodeJS.Timeout | undefined
}

interface Waiter {
  path: string
  go: () => void
  refuse: (error: Error) => void
}

interface Bucket {
  /** Calls that may be made at once. */
  left: number
  size: number
  perMs: number
  filledAt: number
}

const overRate = 45009
const tooManyAtOnce = 45033
const longestBlockMs = 10 * 60_000
const answersPerPlace = 20
/** A cap that is this high again holds nobody up. */
const highestCap = 200
/** The share of a window's calls that may come at once. The rest is spread evenly, so no window sees more than its limit. */
const burstShare = 0.2

export function createCallLimiter(
  { now, onBlocked }: CallLimiterDeps,
  { perMinute = 9_800, perHour = 147_000, windowMs = 60_000, maxWaitMs = 5_000 }: CallLimiterOptions = {},
): CallLimiter {
  const lanes = new Map<string, Lane>()
  let sharedBy = 1
  const newBuckets = (): Pick<Lane, 'minute' | 'hour'> => ({
    minute: createBucket(perMinute / sharedBy, 60_000, now()),
    hour: createBucket(perHour / sharedBy, 3_600_000, now()),
  })

  function laneOf(key: string): Lane {
    const known = lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = {
      ...newBuckets(),
      blockedAt: Number.NEGATIVE_INFINITY,
      blockedUntil: 0,
      blockMs: 0,
      running: 0,
      cap: Number.POSITIVE_INFINITY,
      answered: 0,
      waiting: [],
      timer: undefined,
    }
    lanes.set(key, lane)
    return lane
  }

  /** Lets go whoever may, in order. */
  function pump(lane: Lane): void {
    while (lane.waiting.length > 0 && lane.running < lane.cap) {
      const waitMs = waitFor(lane, 1)
      if (waitMs > 0) {
        lane.timer ??= setTimeout(() => {
          lane.timer = undefined
          pump(lane)
        }, waitMs)
        return
      }
      lane.minute.left -= 1
      lane.hour.left -= 1
      lane.running += 1
      lane.waiting.shift()?.go()
    }
  }

  function waitFor(lane: Lane, places: number): number {
    return Math.max(msUntil(lane.minute, places, now()), msUntil(lane.hour, places, now()))
  }

  function enter(lane: Lane, path: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(unreachable(path, 'aborted'))
    const waitMs = waitFor(lane, lane.waiting.length + 1)
    if (waitMs > maxWaitMs) return Promise.reject(tooFast(path, waitMs))
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        act()
      }
      const waiter: Waiter = { path, go: () => settle(resolve), refuse: (error) => settle(() => reject(error)) }
      const leave = (error: Error) => {
        const place = lane.waiting.indexOf(waiter)
        if (place >= 0) lane.waiting.splice(place, 1)
        waiter.refuse(error)
      }
      const giveUp = () => leave(unreachable(path, 'aborted'))
      const timer = setTimeout(() => leave(tooCrowded(path, maxWaitMs)), maxWaitMs)
      signal.addEventListener('abort', giveUp)
      lane.waiting.push(waiter)
      pump(lane)
    })
  }

  function setBlock(lane: Lane, until: number): void {
    lane.blockedUntil = Math.max(lane.blockedUntil, until)
    for (const { path, refuse } of lane.waiting.splice(0)) refuse(tooFast(path, until - now()))
  }

  function leave(lane: Lane, key: string, error: unknown, startedAt: number): void {
    const running = lane.running
    lane.running -= 1
    const errcode = isAppError(error, 'wecom.refused') ? error.details.errcode : undefined
    if (errcode === overRate) {
      // Of calls that were under way together, one counts: since the block began none was let through.
      if (startedAt <= lane.blockedAt) return
      lane.blockMs = Math.min(longestBlockMs, lane.blockMs === 0 ? windowMs : lane.blockMs * 2)
      lane.blockedAt = now()
      setBlock(lane, lane.blockedAt + lane.blockMs)
      onBlocked?.(key, lane.blockedUntil)
    } else if (errcode === tooManyAtOnce) {
      lane.cap = Math.max(1, Math.floor(running / 2))
      lane.answered = 0
    } else if (error === undefined || errcode !== undefined) {
      if (startedAt >= lane.blockedUntil) lane.blockMs = 0
      lane.answered += 1
      if (lane.cap !== Number.POSITIVE_INFINITY && lane.answered % answersPerPlace === 0) lane.cap += 1
      if (lane.cap > highestCap) lane.cap = Number.POSITIVE_INFINITY
    }
    pump(lane)
  }

  return {
    async run(path, key, operate, signal) {
      const lane = laneOf(key)
      const blockedMs = lane.blockedUntil - now()
      // A clock that was set back must not make a block longer than it was.
      if (blockedMs > 0 && blockedMs <= longestBlockMs) throw tooFast(path, blockedMs)
      await enter(lane, path, signal)
      const startedAt = now()
      try {
        const result = await operate()
        leave(lane, key, undefined, startedAt)
        return result
      } catch (error) {
        leave(lane, key, error, startedAt)
        throw error
      }
    },
    block(key, until) {
      setBlock(laneOf(key), until)
    },
    left: () =>
      [...lanes].map(([api, lane]) => {
        // Fills both up.
        waitFor(lane, 1)
        const isBlocked = lane.blockedUntil > now()
        return { api, calls: isBlocked ? 0 : Math.floor(Math.min(lane.minute.left, lane.hour.left)) }
      }),
    share(processes) {
      sharedBy = processes
      for (const lane of lanes.values()) {
        const { minute, hour } = newBuckets()
        // What was spent stays spent.
        lane.minute = { ...minute, left: Math.min(minute.left, lane.minute.left) }
        lane.hour = { ...hour, left: Math.min(hour.left, lane.hour.left) }
      }
    },
  }
}

function tooFast(path: string, retryAfterMs: number): Error {
  return refused(path, overRate, '', { retryAfterMs: Math.ceil(retryAfterMs) })
}

/** To be waited for, unlike the platform's own: nothing was tried, so nothing has failed. */
function tooCrowded(path: string, retryAfterMs: number): Error {
  return refused(path, tooManyAtOnce, '', { action: 'wait', retryAfterMs })
}

function createBucket(perWindow: number, windowMs: number, now: number): Bucket {
  const size = Math.max(1, Math.floor(perWindow * burstShare))
  return { left: size, size, perMs: (perWindow - size) / windowMs, filledAt: now }
}

/** Fills the bucket up and says when it holds this many. */
function msUntil(bucket: Bucket, places: number, now: number): number {
  bucket.left = Math.min(bucket.size, bucket.left + Math.max(0, now - bucket.filledAt) * bucket.perMs)
  bucket.filledAt = now
  return bucket.left >= places ? 0 : Math.ceil((places - bucket.left) / bucket.perMs)
}
