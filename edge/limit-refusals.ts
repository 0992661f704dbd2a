/**
 * A brake for whoever knocks without the right key: past a hundred refusals a minute from one address, at one location of Cloudflare, the answer is
 * 429 and nothing is logged but one line a minute. It is asked after a refusal and never before a check, so a real callback is not
 * turned away however many false ones come from beside it: Tencent sends from few addresses, or from behind one proxy.
 * Source: https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
import type { Logger } from './logger.ts'

export interface RefusalBrake {
  /** Absent where the Worker was deployed without the binding: then there is no brake. */
  REFUSALS?: RateLimit
}

export interface LimitRefusalsDeps {
  log: Logger
  /** Unix ms. */
  now: () => number
}

export const BRAKED_SECONDS = 60

/** What strangers are refused for. A setting or a mailbox at fault is ours. */
const STRANGERS = /^(?:callback|bridge)\./

export function createRefusalLimit({ log, now }: LimitRefusalsDeps) {
  let toldAt = Number.NEGATIVE_INFINITY

  /** True when this refusal is one too many. A limiter that fails limits nothing. */
  return async (request: Request, { REFUSALS }: RefusalBrake, code: string): Promise<boolean> => {
    if (REFUSALS === undefined || !STRANGERS.test(code)) return false
    const key = request.headers.get('cf-connecting-ip') ?? 'unknown'
    const { success } = await REFUSALS.limit({ key }).catch(() => ({ success: true }))
    if (success) return false
    if (now() - toldAt >= BRAKED_SECONDS * 1000) {
      toldAt = now()
      log.warn('request.limited', { code })
    }
    return true
  }
}
