/**
 * The `Token` of a callback: lets sync_msg through for ten minutes. And the budget of pulls without one, which the
 * platform limits "strictly" without saying how.
 * Source: developer.work.weixin.qq.com/document/path/94670
 */
import { MINUTE_MS } from './clock.ts'
import { randomName } from './identifiers.ts'
import { refuse } from './refuse.ts'
import type { Switches } from './switches.ts'

const TOKEN_LIFETIME_MS = 10 * MINUTE_MS

export interface SyncTokens {
  issue(openKfId: string): string
  /** Refuses with 95007. `openKfId` is '' when all accounts are pulled. */
  check(token: string, openKfId: string): void
  /** Ends a token before its time. */
  spend(token: string): void
  /** Refuses with 45009 once the budget is used up. */
  spendTokenless(openKfId: string): void
}

export function createSyncTokens(now: () => number, switches: Switches): SyncTokens {
  // Insertion order is order of expiry, so the oldest are at the front.
  const tokens = new Map<string, { openKfId: string; expiresAt: number }>()
  const pulls = new Map<string, number[]>()
  const blockedUntil = new Map<string, number>()
  let issued = 0

  const forgetExpired = () => {
    for (const [token, { expiresAt }] of tokens) {
      if (expiresAt > now()) return
      tokens.delete(token)
    }
  }

  return {
    issue: (openKfId) => {
      forgetExpired()
      // Of each length from 43 to 74 in turn, so that the callbacks around it have every length of padding.
      issued += 1
      const token = `ENC${randomName(40 + (issued % 32))}`
      tokens.set(token, { openKfId, expiresAt: now() + TOKEN_LIFETIME_MS })
      return token
    },
    check: (token, openKfId) => {
      const known = tokens.get(token)
      if (known === undefined || known.expiresAt <= now()) refuse(95007, 'token is unknown or older than 10 minutes')
      if (switches.syncTokenBoundToAccount && openKfId !== '' && known.openKfId !== openKfId) {
        refuse(95007, 'token was issued for another account')
      }
    },
    spend: (token) => void tokens.delete(token),
    spendTokenless: (openKfId) => {
      const budget = switches.tokenlessSyncsPerMinute
      if (budget === null) return
      const key = switches.tokenlessBudgetScope === 'corp' ? '' : openKfId
      if (now() < (blockedUntil.get(key) ?? 0)) refuse(45009, 'pulls without a token are blocked for 60 s')
      const recent = (pulls.get(key) ?? []).filter((at) => at > now() - MINUTE_MS)
      if (recent.length >= budget) {
        blockedUntil.set(key, now() + MINUTE_MS)
        refuse(45009, `more than ${budget} pulls without a token in 60 s`)
      }
      recent.push(now())
      pulls.set(key, recent)
    },
  }
}
