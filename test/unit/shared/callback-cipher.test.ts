import { beforeAll, describe, expect, it } from 'vitest'
import {
  type CallbackKey,
  decryptCallback,
  encryptCallback,
  importCallbackKey,
} from '../../../shared/callback-cipher.ts'
import { CALLBACK_VECTORS, ECHOSTR_A, PUBLISHED_KEYS, WECHATPY_KEYS } from './callback-vectors.ts'

const UNDECRYPTABLE = { code: 'callback.undecryptable', message: 'the callback cannot be decrypted' }

let key: CallbackKey
beforeAll(async () => {
  key = await importCallbackKey(PUBLISHED_KEYS.encodingAesKey)
})

describe('published vectors', () => {
  it.each(CALLBACK_VECTORS)('$label decrypts to its message and receiver', async (vector) => {
    const vectorKey = await importCallbackKey(vector.encodingAesKey)
    const { message, receiveId } = await decryptCallback(vectorKey, vector.ciphertext)
    expect({ message, receiveId }).toEqual({ message: vector.message, receiveId: vector.corpId })
  })

  it.each(CALLBACK_VECTORS.filter(({ random }) => random !== undefined))(
    '$label is what its message encrypts to',
    async ({ encodingAesKey, message, corpId, random, ciphertext }) => {
      const vectorKey = await importCallbackKey(encodingAesKey)
      const bytes = new TextEncoder().encode(random)
      expect(await encryptCallback(vectorKey, message, corpId, bytes)).toBe(ciphertext)
    },
  )

  it.each(CALLBACK_VECTORS.filter(({ pad }) => pad !== undefined))(
    '$label has the pad that its length asks for',
    ({ message, corpId, pad }) => {
      const bytes = 20 + new TextEncoder().encode(message + corpId).length
      expect(32 - (bytes % 32)).toBe(pad)
    },
  )
})

describe('every pad length', () => {
  it.each(Array.from({ length: 32 }, (_, index) => index + 1))('a pad of %i comes back whole', async (pad) => {
    const receiver = 'corp'
    const message = 'm'.repeat(64 - 20 - receiver.length - pad + 32)
    const ciphertext = await encryptCallback(key, message, receiver)
    expect(atob(ciphertext).length).toBe(96)
    expect(await decryptCallback(key, ciphertext)).toEqual({ message, receiveId: receiver })
  })
})

describe('encryptCallback', () => {
  it('never gives the same ciphertext twice', async () => {
    const ciphertexts = await Promise.all(Array.from({ length: 50 }, () => encryptCallback(key, 'same', 'corp')))
    expect(new Set(ciphertexts).size).toBe(50)
  })

  it.each([0, 15, 17])('refuses %i random bytes', async (length) => {
    await expect(encryptCallback(key, 'm', 'corp', new Uint8Array(length))).rejects.toThrow(RangeError)
  })

  it.each([
    ['an empty message', '', 'corp'],
    ['an empty receiver', 'message', ''],
    ['a byte order mark', '\uFEFF<xml/>', 'corp'],
    ['a NUL and line ends', 'a\0b\r\n', 'corp'],
    ['emoji', '👋🏽客服', 'corp'],
    ['200 KB', '文'.repeat(70_000), 'corp'],
  ])('%s comes back whole', async (_what, message, receiveId) => {
    expect(await decryptCallback(key, await encryptCallback(key, message, receiveId))).toEqual({ message, receiveId })
  })
})

describe('importCallbackKey', () => {
  it.each([
    ['empty', ''],
    ['42 characters long', 'a'.repeat(42)],
    ['44 characters long', 'a'.repeat(44)],
    ['already padded', `${'a'.repeat(42)}=`],
    ['holding a space', `${'a'.repeat(42)} `],
  ])('refuses a key that is %s', async (_what, text) => {
    await expect(importCallbackKey(text)).rejects.toMatchObject({ code: 'callback.bad-key' })
  })

  it('never quotes the key that it refuses', async () => {
    const error: unknown = await importCallbackKey('sensitive-key-that-is-wrong').catch((thrown) => thrown)
    expect(String(error)).not.toContain('sensitive')
  })
})

describe('decryptCallback refuses', () => {
  it.each([
    ['nothing', ''],
    ['what is not base64', '!!!!'],
    ['part of a block', btoa('short')],
    ['a ciphertext cut within a block', btoa(atob(ECHOSTR_A.ciphertext).slice(0, -1))],
    ['a ciphertext that lost its last block', btoa(atob(ECHOSTR_A.ciphertext).slice(0, -16))],
    ['a ciphertext with its last bit flipped', flipLastBit(ECHOSTR_A.ciphertext)],
  ])('%s', async (_what, ciphertext) => {
    await expect(decryptCallback(key, ciphertext)).rejects.toMatchObject(UNDECRYPTABLE)
  })

  it('a callback under another key', async () => {
    const other = await importCallbackKey(WECHATPY_KEYS.encodingAesKey)
    await expect(decryptCallback(other, ECHOSTR_A.ciphertext)).rejects.toMatchObject(UNDECRYPTABLE)
  })

  it.each<[string, number[]]>([
    ['a pad of 0', [...head(7), ...bytes('0123456'), ...new Array(5).fill(0)]],
    ['a pad of 33', [...head(11), ...bytes('01234567890'), ...new Array(33).fill(33)]],
    ['pad bytes that differ', [...head(7), ...bytes('0123456'), 5, 5, 4, 5, 5]],
    ['a pad that reaches past the start', new Array(16).fill(17)],
    ['a frame shorter than its head', [...new Array(15).fill(1), ...new Array(17).fill(17)]],
    ['a frame without a length', [...bytes('0123456789abcdef'), ...new Array(16).fill(16)]],
    ['a message that reaches past the end by one', [...head(8), ...bytes('0123456'), ...new Array(5).fill(5)]],
    ['a message of 4 GB', [...head(0xffffffff), ...bytes('0123456'), ...new Array(5).fill(5)]],
    ['a message that is not UTF-8', [...head(2), 0xc3, 0x28, ...bytes('corp!'), ...new Array(5).fill(5)]],
    ['a receiver that is not UTF-8', [...head(2), ...bytes('ok'), 0xff, ...bytes('corp'), ...new Array(5).fill(5)]],
  ])('%s', async (_what, plaintext) => {
    await expect(decryptCallback(key, await encryptRaw(key, plaintext))).rejects.toMatchObject(UNDECRYPTABLE)
  })

  it('but takes the same frame once its parts are right', async () => {
    const plaintext = [...head(3), ...bytes('abccorp'), ...new Array(5).fill(5)]
    expect(await decryptCallback(key, await encryptRaw(key, plaintext))).toEqual({ message: 'abc', receiveId: 'corp' })
  })
})

function bytes(text: string): number[] {
  return [...new TextEncoder().encode(text)]
}

/** 16 random bytes and a length. */
function head(length: number): number[] {
  return [...bytes('0123456789abcdef'), length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]
}

/** Encrypts whole blocks as they are, right or wrong. */
async function encryptRaw({ aes, iv }: CallbackKey, plaintext: number[]): Promise<string> {
  expect(plaintext.length % 16).toBe(0)
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, aes, new Uint8Array(plaintext))
  return btoa(String.fromCharCode(...new Uint8Array(encrypted, 0, plaintext.length)))
}

function flipLastBit(base64: string): string {
  const raw = atob(base64)
  return btoa(raw.slice(0, -1) + String.fromCharCode(raw.charCodeAt(raw.length - 1) ^ 1))
}
