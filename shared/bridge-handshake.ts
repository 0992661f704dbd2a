/**
 * How the bridge proves itself when it dials the edge: HMAC-SHA256 under BRIDGE_TOKEN over everything that
 * the request means, but not the host, which a reverse proxy may change. Nothing secret travels, neither in
 * the URL nor in a header, so a leaked log is worth nothing after a minute.
 *
 * Left to the mailbox: that a timestamp is strictly newer than the live session's, which stops a replay
 * within the minute, and that the database is the one the mailbox is bound to.
 */

export const HANDSHAKE_HEADERS = {
  /** Unix milliseconds. */
  timestamp: 'x-kefu-timestamp',
  nonce: 'x-kefu-nonce',
  /** The bridge's `database_id`. */
  database: 'x-kefu-database',
  /** `1` when this bridge is to take the mailbox over from another database. */
  takeOver: 'x-kefu-take-over',
  /** Lowercase hex. */
  signature: 'x-kefu-signature',
} as const

export const HANDSHAKE_WINDOW_MS = 60_000

export interface Handshake {
  method: string
  path: string
  corpId: string
  timestamp: number
  nonce: string
  databaseId: string
  takeOver: boolean
}

/** The headers of a signed upgrade request. */
export async function signHandshake(secret: string, handshake: Handshake): Promise<Record<string, string>> {
  const signature = await crypto.subtle.sign('HMAC', await importSecret(secret), toSignedBytes(handshake))
  return {
    [HANDSHAKE_HEADERS.timestamp]: String(handshake.timestamp),
    [HANDSHAKE_HEADERS.nonce]: handshake.nonce,
    [HANDSHAKE_HEADERS.database]: handshake.databaseId,
    [HANDSHAKE_HEADERS.takeOver]: handshake.takeOver ? '1' : '0',
    [HANDSHAKE_HEADERS.signature]: toHex(new Uint8Array(signature)),
  }
}

export interface HandshakeRequest {
  method: string
  path: string
  header: (name: string) => string | null | undefined
}

export type HandshakeVerdict =
  | { ok: true; handshake: Handshake; secretIndex: number }
  /** `reason` is for the operator's log; the answer to the outside is the same for all. */
  | { ok: false; reason: 'incomplete' | 'stale' | 'forged' }

/**
 * Checks a signed upgrade request against each secret (the current one first, then the previous one).
 * `crypto.subtle.verify` compares in constant time.
 */
export async function verifyHandshake(
  secrets: readonly string[],
  corpId: string,
  request: HandshakeRequest,
  nowMs: number,
): Promise<HandshakeVerdict> {
  const timestamp = Number(request.header(HANDSHAKE_HEADERS.timestamp) ?? Number.NaN)
  const nonce = request.header(HANDSHAKE_HEADERS.nonce) ?? ''
  const databaseId = request.header(HANDSHAKE_HEADERS.database) ?? ''
  const signature = fromHex(request.header(HANDSHAKE_HEADERS.signature) ?? '')
  if (!Number.isSafeInteger(timestamp) || nonce === '' || databaseId === '' || signature === undefined) {
    return { ok: false, reason: 'incomplete' }
  }
  if (Math.abs(nowMs - timestamp) > HANDSHAKE_WINDOW_MS) return { ok: false, reason: 'stale' }
  const takeOver = request.header(HANDSHAKE_HEADERS.takeOver) === '1'
  const handshake: Handshake = {
    method: request.method,
    path: request.path,
    corpId,
    timestamp,
    nonce,
    databaseId,
    takeOver,
  }
  for (const [secretIndex, secret] of secrets.entries()) {
    const valid = await crypto.subtle.verify('HMAC', await importSecret(secret), signature, toSignedBytes(handshake))
    if (valid) return { ok: true, handshake, secretIndex }
  }
  return { ok: false, reason: 'forged' }
}

// Header values cannot hold a line feed, so joining by one keeps the fields apart.
function toSignedBytes(handshake: Handshake) {
  const { method, path, corpId, timestamp, nonce, databaseId, takeOver } = handshake
  const fields = ['kefu-bridge-1', method, path, corpId, String(timestamp), nonce, databaseId, takeOver ? '1' : '0']
  return new TextEncoder().encode(fields.join('\n'))
}

function importSecret(secret: string) {
  const bytes = new TextEncoder().encode(secret)
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[0-9a-f]{64}$/.test(text)) return undefined
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
