/**
 * From ciphertext to message, in the order that must hold: the signature, then decryption, then the receiver. While the
 * console's Token or AESKey is being changed, the previous one counts too, in any combination. What fails is refused with
 * one and the same answer, so that nobody learns from outside which check it was.
 */
import { type CallbackKey, type DecryptedCallback, decryptCallback } from '../../shared/callback-cipher.ts'
import { verifyCallbackSignature } from '../../shared/callback-signature.ts'
import type { EdgeSettings } from '../env.ts'
import { refuse } from '../refusal.ts'
import type { CallbackQuery } from './parse-query.ts'

/** Throws `callback.signature-wrong`, `callback.undecryptable` or `callback.receiver-wrong`. */
export async function openCallback(
  { corpId, callbackTokens, callbackKeys }: EdgeSettings,
  { signature, timestamp, nonce }: Omit<CallbackQuery, 'echostr'>,
  ciphertext: string,
): Promise<string> {
  const verdicts = await Promise.all(
    callbackTokens.map((token) => verifyCallbackSignature(signature, { token, timestamp, nonce, ciphertext })),
  )
  if (!verdicts.includes(true)) throw refuse('callback.signature-wrong')
  const opened = (await Promise.all(callbackKeys.map((key) => tryDecrypt(key, ciphertext)))).filter(
    (callback) => callback !== undefined,
  )
  if (opened.length === 0) throw refuse('callback.undecryptable')
  // A wrong key can give something that looks padded; the receiver is what it cannot guess.
  const mine = opened.find(({ receiveId }) => receiveId === corpId)
  if (mine === undefined) throw refuse('callback.receiver-wrong')
  return mine.message
}

async function tryDecrypt(key: CallbackKey, ciphertext: string): Promise<DecryptedCallback | undefined> {
  try {
    return await decryptCallback(key, ciphertext)
  } catch {
    return undefined
  }
}
