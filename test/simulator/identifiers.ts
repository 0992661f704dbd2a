/** Ids and secrets in the platform's shapes. Random ones are never repeated; named ones are the same in every run. */
import { createHash, randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `length` characters of `[A-Za-z0-9]`. */
export function randomName(length: number): string {
  return toName(randomBytes(length))
}

/** An id that a restart keeps, so that a bridge with yesterday's database still knows the customers of the simulator. */
export function namedId(prefix: 'wk' | 'wm', name: string): string {
  return prefix + toName(createHash('sha256').update(`${prefix}:${name}`).digest()).slice(0, 30)
}

function toName(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}
