/** All in milliseconds. */
export interface RelayTiming {
  /** For the upgrade to be answered. */
  handshakeTimeoutMs: number
  /** Between tries: anything from 0 to a delay that doubles from `baseMs` to `maxMs`. */
  redial: { baseMs: number; maxMs: number }
  /** How long a session must last until the next one is dialled without a long delay again. */
  healthyAfterMs: number
  /** The least delay when only a person can help. */
  slowRedialMs: number
  /** The delay after a newer session took over. Two bridges that dialled at once would push each other out for ever. */
  supersededMs: number
  /** Below the idle limits on the way: carriers cut after 100 s, reports say. */
  heartbeatMs: number
  /** How often the mailbox itself is asked; the heartbeat is answered without it. */
  syncMs: number
  /** For that answer. */
  statusTimeoutMs: number
  /** For the mail in hand to be stored and the closing to be answered. */
  stopTimeoutMs: number
}

export const RELAY_TIMING: RelayTiming = {
  handshakeTimeoutMs: 10_000,
  redial: { baseMs: 500, maxMs: 30_000 },
  healthyAfterMs: 30_000,
  slowRedialMs: 60_000,
  supersededMs: 60_000,
  heartbeatMs: 25_000,
  syncMs: 12 * 60_000,
  statusTimeoutMs: 10_000,
  stopTimeoutMs: 4_000,
}
