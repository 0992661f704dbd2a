/**
 * The platform's limits on calls: per API and minute, and what an upload of pictures has of its own. A caller that meets one
 * is blocked for as long as the limit's window. Source: developer.work.weixin.qq.com/document/path/90312, path/90256
 */
import { chinaDayStart } from './china-day.ts'
import { DAY_MS, MINUTE_MS } from './clock.ts'
import { refuse } from './refuse.ts'
import type { Switches } from './switches.ts'

const DEBUG_CALLS_PER_MINUTE = 5
const PICTURES_PER_DAY = 1000
const PICTURES_PER_MONTH = 3000
const MONTH_DAYS = 30

export interface CallLimits {
  /** Refuses with 45009. `isDebug`: the call has `debug=1`, which lowers the limit to five. */
  countCall(endpoint: string, isDebug: boolean): void
  /** Refuses with 45009. */
  countPicture(): void
}

export function createCallLimits(now: () => number, switches: Switches): CallLimits {
  const minutes = new Map<string, { start: number; count: number; blockedUntil: number }>()
  const pictures = new Map<number, number>()
  return {
    countCall: (endpoint, isDebug) => {
      const limit = isDebug ? DEBUG_CALLS_PER_MINUTE : switches.callsPerMinute
      if (limit === null) return
      const key = isDebug ? `${endpoint} debug` : endpoint
      const window = minutes.get(key) ?? { start: now(), count: 0, blockedUntil: 0 }
      minutes.set(key, window)
      if (now() < window.blockedUntil) refuse(45009, 'this API is blocked for a minute')
      // Also when the clock was moved back.
      if (now() - window.start >= MINUTE_MS || now() < window.start) Object.assign(window, { start: now(), count: 0 })
      window.count += 1
      if (window.count <= limit) return
      window.blockedUntil = now() + MINUTE_MS
      refuse(45009, `more than ${limit} calls of this API in a minute`)
    },
    countPicture: () => {
      const today = chinaDayStart(now())
      for (const day of pictures.keys()) if (day <= today - MONTH_DAYS * DAY_MS) pictures.delete(day)
      const ofToday = pictures.get(today) ?? 0
      const ofMonth = [...pictures.values()].reduce((sum, count) => sum + count, 0)
      if (ofToday >= PICTURES_PER_DAY) refuse(45009, `more than ${PICTURES_PER_DAY} pictures in a day`)
      if (ofMonth >= PICTURES_PER_MONTH) refuse(45009, `more than ${PICTURES_PER_MONTH} pictures in a month`)
      pictures.set(today, ofToday + 1)
    },
  }
}
