import { describe, expect, it } from 'vitest'
import type { RefusedSecret, StoredToken } from '../../../../bridge/wecom/access-token-store.ts'
import { readRefusedToken } from '../../../../bridge/wecom/read-refused-token.ts'
import { toFingerprint } from '../../../../bridge/wecom/to-fingerprint.ts'

const credentials = { apiBase: 'https://api/cgi-bin', corpId: 'ww1', secret: 'secret' }
const fingerprint = toFingerprint(credentials)
const refusal: RefusedSecret = { errcode: 40001, refusedAt: 1000, retryAt: 2000, times: 1, fingerprint }
const token: StoredToken = { token: 't', obtainedAt: 500, expiresAt: 9000, fingerprint }

describe('readRefusedToken', () => {
  it.each<[string, RefusedSecret | undefined, StoredToken | undefined, boolean]>([
    ['nothing was asked yet', undefined, undefined, false],
    ['a token was given', undefined, token, false],
    ['the secret was refused', refusal, undefined, true],
    ['it was refused after a token', refusal, token, true],
    ['a token was given after that', refusal, { ...token, obtainedAt: 1500 }, false],
    ['other credentials were refused', { ...refusal, fingerprint: 'other' }, undefined, false],
    [
      'a token was given to other credentials only',
      refusal,
      { ...token, obtainedAt: 1500, fingerprint: 'other' },
      true,
    ],
  ])('%s', async (_name, refused, stored, isRefused) => {
    const store = { load: async () => stored, loadRefusal: async () => refused }
    expect(await readRefusedToken(store, credentials)).toEqual(isRefused ? refusal : undefined)
  })
})
