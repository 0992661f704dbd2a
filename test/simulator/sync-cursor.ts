/** The opaque cursor of sync_msg, at most 64 bytes: a position under a MAC, bound to its account. */
import { createHmac } from 'node:crypto'

const POSITION_BYTES = 8
const MAC_BYTES = 12
const SALT_BYTES = 4

/** `salt` makes cursors of one position look different, as one that moved over nothing would. */
export function toCursor(secret: string, openKfId: string, position: number, salt = 0): string {
  const head = Buffer.alloc(POSITION_BYTES + SALT_BYTES)
  head.writeBigUInt64BE(BigInt(position))
  head.writeUInt32BE(salt >>> 0, POSITION_BYTES)
  return `4gw7${Buffer.concat([head, mac(secret, openKfId, head)]).toString('base64url')}`
}

/** The position, or undefined for anything that `toCursor` did not make for this account. */
export function parseCursor(secret: string, openKfId: string, cursor: string): number | undefined {
  if (!cursor.startsWith('4gw7')) return undefined
  const bytes = Buffer.from(cursor.slice(4), 'base64url')
  if (bytes.length !== POSITION_BYTES + SALT_BYTES + MAC_BYTES) return undefined
  const head = bytes.subarray(0, POSITION_BYTES + SALT_BYTES)
  if (!mac(secret, openKfId, head).equals(bytes.subarray(POSITION_BYTES + SALT_BYTES))) return undefined
  return Number(head.readBigUInt64BE())
}

function mac(secret: string, openKfId: string, head: Buffer): Buffer {
  return createHmac('sha256', secret).update(openKfId).update(head).digest().subarray(0, MAC_BYTES)
}
