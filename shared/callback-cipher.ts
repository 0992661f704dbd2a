/**
 * WeCom's callback encryption, both directions, by WebCrypto alone: AES-256-CBC, IV = the key's first 16 bytes, over
 * `random(16) ‖ uint32_be(length) ‖ message ‖ receiveId`, padded in the manner of PKCS#7 to a block of 32.
 *
 * WebCrypto removes pads of 1 to 16 only and refuses the rest, so padding is ours: when decrypting, one more block that
 * decrypts to sixteen 0x10 is appended and WebCrypto strips just that; when encrypting, its last block is cut off.
 *
 * Left to the caller: the signature, which must hold before decryption, and that `receiveId` is the right company.
 * Source: developer.work.weixin.qq.com/document/path/90968
 */
import { AppError } from './app-error.ts'

const AES_BLOCK_BYTES = 16
const PAD_BLOCK_BYTES = 32
const RANDOM_BYTES = 16
/** Random and length: what precedes the message. */
const HEAD_BYTES = RANDOM_BYTES + 4

export interface CallbackKey {
  readonly aes: Awaited<ReturnType<typeof crypto.subtle.importKey>>
  readonly iv: Uint8Array<ArrayBuffer>
}

export interface DecryptedCallback {
  message: string
  receiveId: string
}

/**
 * Imports the EncodingAESKey of the console, 43 characters. The last one may carry two bits that say nothing; a strict
 * base64 decoder refuses such keys, `atob` does not. Throws `callback.bad-key`.
 */
export async function importCallbackKey(encodingAesKey: string): Promise<CallbackKey> {
  if (!/^[A-Za-z0-9+/]{43}$/.test(encodingAesKey)) {
    throw new AppError('callback.bad-key', 'an EncodingAESKey has 43 base64 characters', { retryable: false })
  }
  const bytes = fromBase64(`${encodingAesKey}=`)
  const aes = await crypto.subtle.importKey('raw', bytes, 'AES-CBC', false, ['encrypt', 'decrypt'])
  return { aes, iv: bytes.slice(0, AES_BLOCK_BYTES) }
}

/** Encrypts a message for `receiveId` (the corp id), as base64. `random`, 16 bytes, is given by tests only. */
export async function encryptCallback(
  key: CallbackKey,
  message: string,
  receiveId: string,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)),
): Promise<string> {
  if (random.length !== RANDOM_BYTES) throw new RangeError('the random part of a callback has 16 bytes')
  const messageBytes = new TextEncoder().encode(message)
  const receiverBytes = new TextEncoder().encode(receiveId)
  const length = HEAD_BYTES + messageBytes.length + receiverBytes.length
  const pad = PAD_BLOCK_BYTES - (length % PAD_BLOCK_BYTES)
  const padded = new Uint8Array(length + pad).fill(pad)
  padded.set(random)
  new DataView(padded.buffer).setUint32(RANDOM_BYTES, messageBytes.length)
  padded.set(messageBytes, HEAD_BYTES)
  padded.set(receiverBytes, HEAD_BYTES + messageBytes.length)
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: key.iv }, key.aes, padded)
  return toBase64(new Uint8Array(encrypted, 0, padded.length))
}

/**
 * Decrypts `echostr` or an `Encrypt` value. Throws `callback.undecryptable` for anything that is not a whole, rightly
 * padded callback under this key, always with the same message.
 */
export async function decryptCallback(key: CallbackKey, ciphertext: string): Promise<DecryptedCallback> {
  try {
    return parsePlaintext(stripPadding(await decryptBlocks(key, fromBase64(ciphertext))))
  } catch (cause) {
    throw new AppError('callback.undecryptable', 'the callback cannot be decrypted', { retryable: false, cause })
  }
}

async function decryptBlocks(key: CallbackKey, ciphertext: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  // The official libraries unpad by the last byte alone, so whole AES blocks are asked for, not whole blocks of 32.
  if (ciphertext.length === 0 || ciphertext.length % AES_BLOCK_BYTES !== 0) throw new RangeError('not whole blocks')
  const lastBlock = ciphertext.slice(-AES_BLOCK_BYTES)
  const padBlock = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: lastBlock }, key.aes, new Uint8Array(0))
  const extended = new Uint8Array(ciphertext.length + AES_BLOCK_BYTES)
  extended.set(ciphertext)
  extended.set(new Uint8Array(padBlock), ciphertext.length)
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv: key.iv }, key.aes, extended))
}

function stripPadding(padded: Uint8Array): Uint8Array {
  const pad = padded.at(-1) ?? 0
  if (pad < 1 || pad > PAD_BLOCK_BYTES || pad > padded.length) throw new RangeError('no such pad length')
  const end = padded.length - pad
  if (padded.subarray(end).some((byte) => byte !== pad)) throw new RangeError('pad bytes differ')
  return padded.subarray(0, end)
}

function parsePlaintext(plaintext: Uint8Array): DecryptedCallback {
  if (plaintext.length < HEAD_BYTES) throw new RangeError('shorter than its head')
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(RANDOM_BYTES)
  if (length > plaintext.length - HEAD_BYTES) throw new RangeError('the message reaches past the end')
  // A byte order mark is part of the message, and what is not UTF-8 is no message.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return {
    message: decoder.decode(plaintext.subarray(HEAD_BYTES, HEAD_BYTES + length)),
    receiveId: decoder.decode(plaintext.subarray(HEAD_BYTES + length)),
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
