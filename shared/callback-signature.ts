/**
 * The signature that WeCom puts on every callback: SHA-1 over the callback Token, the timestamp, the nonce and the
 * base64 ciphertext, sorted by value and joined. It must hold before anything is decrypted.
 * Source: developer.work.weixin.qq.com/document/path/90968
 */
import { constantTimeEqual } from './constant-time-equal.ts'

export interface SignedCallback {
  /** The callback Token of the console, not the `Token` inside a message. */
  token: string
  /** `timestamp` and `nonce` of the query, exactly as received after URL decoding. */
  timestamp: string
  nonce: string
  /** `echostr`, or the `Encrypt` value of the body, exactly as received. */
  ciphertext: string
}

/** The `msg_signature` of a callback: lowercase hex, 40 characters. */
export async function signCallback({ token, timestamp, nonce, ciphertext }: SignedCallback): Promise<string> {
  // The platform sorts bytewise; the default sort by code unit agrees for the ASCII that these values are made of.
  const joined = [token, timestamp, nonce, ciphertext].sort().join('')
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(joined))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Says whether `signature` is the one that belongs to the callback; compares in constant time. */
export async function verifyCallbackSignature(signature: string, callback: SignedCallback): Promise<boolean> {
  return constantTimeEqual(signature, await signCallback(callback))
}
