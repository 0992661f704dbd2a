import { describe, expect, it } from 'vitest'
import { signCallback, verifyCallbackSignature } from '../../../shared/callback-signature.ts'
import { CALLBACK_VECTORS, ECHOSTR_A, ECHOSTR_W1 } from './callback-vectors.ts'

describe('signCallback', () => {
  it.each(CALLBACK_VECTORS)('gives the published signature of $label', async (vector) => {
    expect(await signCallback(vector)).toBe(vector.signature)
  })
})

describe('verifyCallbackSignature', () => {
  it.each(CALLBACK_VECTORS)('accepts the published signature of $label', async (vector) => {
    expect(await verifyCallbackSignature(vector.signature, vector)).toBe(true)
  })

  it.each([
    ['another token', { token: 'QDG6eL' }],
    ['another timestamp', { timestamp: '1409659588' }],
    ['another nonce', { nonce: '263014781' }],
    ['another ciphertext', { ciphertext: ECHOSTR_A.ciphertext.replace('P9n', 'P9m') }],
  ])('rejects a signature made for %s', async (_what, change) => {
    expect(await verifyCallbackSignature(ECHOSTR_A.signature, { ...ECHOSTR_A, ...change })).toBe(false)
  })

  it('rejects the sample of wechatpy under the nonce that the sample calls wrong', async () => {
    expect(await verifyCallbackSignature(ECHOSTR_W1.signature, { ...ECHOSTR_W1, nonce: '437374424' })).toBe(false)
  })

  it.each([
    ['empty', ''],
    ['cut short', ECHOSTR_A.signature.slice(0, -1)],
    ['longer', `${ECHOSTR_A.signature}0`],
    ['in capitals', ECHOSTR_A.signature.toUpperCase()],
    ['different in its last digit', `${ECHOSTR_A.signature.slice(0, -1)}4`],
  ])('rejects a signature that is %s', async (_what, signature) => {
    expect(await verifyCallbackSignature(signature, ECHOSTR_A)).toBe(false)
  })
})
