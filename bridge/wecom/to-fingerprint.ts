import { createHash } from 'node:crypto'

/** Tells one set of credentials from another, one-way: what was learned with one set says nothing about the next. */
export function toFingerprint({
  apiBase,
  corpId,
  secret,
}: {
  apiBase: string
  corpId: string
  secret: string
}): string {
  return createHash('sha256')
    .update(JSON.stringify([apiBase, corpId, secret]))
    .digest('hex')
    .slice(0, 16)
}
