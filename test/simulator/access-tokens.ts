/** gettoken and the check of every other call. Source: developer.work.weixin.qq.com/document/path/91039 */
import { HOUR_MS } from './clock.ts'
import { randomName } from './identifiers.ts'
import { refuse } from './refuse.ts'
import type { Switches } from './switches.ts'

const LIFETIME_MS = 2 * HOUR_MS
const BAN_MS = HOUR_MS

export interface AccessTokens {
  /** `expiresIn` in seconds. Refuses with 41002, 41004, 40013, 40001, and 45009 while the address is banned. */
  get(corpId: string | undefined, secret: string | undefined): { token: string; expiresIn: number }
  /** Refuses with 41001, 40014, 42001. */
  check(token: string | undefined): void
  /** Ends every token before its time. */
  revokeAll(): void
  /** The Secret is reset in the console: the old one is refused from now on, and so is every token that it was given. */
  resetSecret(secret: string): void
  /** As the console shows it. */
  secret(): string
}

export interface AccessTokensOptions {
  corpId: string
  secret: string
  now: () => number
  switches: Switches
}

export function createAccessTokens({ corpId, secret, now, switches }: AccessTokensOptions): AccessTokens {
  const issued = new Map<string, { expiresAt: number; revoked: boolean }>()
  let rightSecret = secret
  let current: string | undefined
  let wrongSecrets = 0
  let bannedUntil = 0

  const isValid = (token: string) => {
    const known = issued.get(token)
    return known !== undefined && !known.revoked && known.expiresAt > now()
  }

  const checkCredentials = (givenCorpId: string | undefined, givenSecret: string | undefined) => {
    if (now() < bannedUntil) refuse(45009, 'too many wrong secrets: this address is banned for an hour')
    if (!givenCorpId) refuse(41002, 'corpid is missing')
    if (!givenSecret) refuse(41004, 'corpsecret is missing')
    if (givenCorpId !== corpId) refuse(40013, 'no such corpid')
    if (givenSecret === rightSecret) {
      wrongSecrets = 0
      return
    }
    wrongSecrets += 1
    if (wrongSecrets >= switches.wrongSecretsUntilBan) {
      wrongSecrets = 0
      bannedUntil = now() + BAN_MS
    }
    refuse(40001, 'the secret does not belong to this corp')
  }

  const revokeAll = () => {
    for (const token of issued.values()) token.revoked = true
  }

  return {
    get: (givenCorpId, givenSecret) => {
      checkCredentials(givenCorpId, givenSecret)
      if (current === undefined || !switches.gettokenRepeats || !isValid(current)) {
        current = randomName(214)
        issued.set(current, { expiresAt: now() + LIFETIME_MS, revoked: false })
      }
      const expiresAt = issued.get(current)?.expiresAt ?? now()
      return { token: current, expiresIn: Math.floor((expiresAt - now()) / 1000) }
    },
    check: (token) => {
      if (!token) refuse(41001, 'access_token is not in the query')
      const known = issued.get(token)
      if (known === undefined) refuse(40014, 'access_token was never issued')
      if (known.revoked) refuse(switches.revokedTokenErrcode, 'access_token was revoked early')
      if (known.expiresAt <= now()) refuse(42001, 'access_token is older than two hours')
    },
    revokeAll,
    resetSecret: (next) => {
      rightSecret = next
      revokeAll()
    },
    secret: () => rightSecret,
  }
}
