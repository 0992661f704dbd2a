import type { AccessTokenStore, RefusedSecret } from './access-token-store.ts'
import { toFingerprint } from './to-fingerprint.ts'

/** The refusal, when that is the last that the platform said to these credentials; undefined when it gave a token, or was not asked yet. */
export async function readRefusedToken(
  tokens: Pick<AccessTokenStore, 'load' | 'loadRefusal'>,
  credentials: { apiBase: string; corpId: string; secret: string },
): Promise<RefusedSecret | undefined> {
  const [refused, token] = await Promise.all([tokens.loadRefusal(), tokens.load()])
  const fingerprint = toFingerprint(credentials)
  if (refused?.fingerprint !== fingerprint) return undefined
  const hasToken = token?.fingerprint === fingerprint && token.obtainedAt >= refused.refusedAt
  return hasToken ? undefined : refused
}
