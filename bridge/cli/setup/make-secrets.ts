/** The secrets that nobody has to think up, in the forms that Tencent's consoles take. */
import { randomInt } from 'node:crypto'

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Token of the callback: the consoles take up to 32 letters and digits. */
export function makeToken(): string {
  return random(32)
}

/** EncodingAESKey: 43 letters and digits, which are base64 of 32 bytes. */
export function makeAesKey(): string {
  return random(43)
}

/** BRIDGE_TOKEN, 256 bits and a little more. */
export function makeBridgeToken(): string {
  return random(43)
}

function random(length: number): string {
  return Array.from({ length }, () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]).join('')
}
