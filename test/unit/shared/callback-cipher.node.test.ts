/** Against the platform's own package, which needs Node: what one side encrypts the other reads, for random messages. */
import { randomBytes, randomInt } from 'node:crypto'
import * as official from '@wecom/crypto'
import { expect, it } from 'vitest'
import { decryptCallback, encryptCallback, importCallbackKey } from '../../../shared/callback-cipher.ts'
import { signCallback } from '../../../shared/callback-signature.ts'

const ROUNDS = 4000

it(`agrees with the official package in both directions on ${ROUNDS} random messages`, {
  timeout: 60_000,
}, async () => {
  const padsSeen = new Set<number>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const encodingAesKey = randomKey()
    const key = await importCallbackKey(encodingAesKey)
    const message = randomText(randomInt(0, 400))
    const receiveId = randomText(randomInt(0, 24))
    const random = randomBytes(16)
    const context = JSON.stringify({ encodingAesKey, message, receiveId, random: random.toString('hex') })

    const theirs = official.encrypt(encodingAesKey, message, receiveId, random)
    const ours = await encryptCallback(key, message, receiveId, random)
    expect(ours, context).toBe(theirs)

    expect(await decryptCallback(key, official.encrypt(encodingAesKey, message, receiveId)), context).toEqual({
      message,
      receiveId,
    })
    const opened = official.decrypt(encodingAesKey, await encryptCallback(key, message, receiveId))
    expect({ message: opened.message, receiveId: opened.id }, context).toEqual({ message, receiveId })

    padsSeen.add(32 - ((20 + Buffer.byteLength(message) + Buffer.byteLength(receiveId)) % 32))
  }
  expect(padsSeen.size).toBe(32)
})

it('signs as the official package does', async () => {
  for (let round = 0; round < 1000; round += 1) {
    const token = randomKey().slice(0, randomInt(1, 32))
    const timestamp = String(randomInt(1_400_000_000, 1_900_000_000))
    const nonce = String(randomInt(0, 2 ** 40))
    const ciphertext = randomBytes(randomInt(1, 300)).toString('base64')
    const expected = official.getSignature(token, timestamp, nonce, ciphertext)
    expect(await signCallback({ token, timestamp, nonce, ciphertext })).toBe(expected)
  }
})

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** 43 characters, so the last one may carry bits that say nothing. */
function randomKey(): string {
  return Array.from({ length: 43 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

/** Characters of one to four bytes. */
function randomText(length: number): string {
  const ranges: [number, number][] = [
    [0x20, 0x7f],
    [0xa0, 0x250],
    [0x4e00, 0x9fa5],
    [0x1f300, 0x1f600],
  ]
  return Array.from({ length }, () => {
    const [from, to] = ranges[randomInt(ranges.length)] ?? [0x20, 0x7f]
    return String.fromCodePoint(randomInt(from, to))
  }).join('')
}
