/** How one attempt to hold a session with the edge ended. */
export type SessionEnd =
  /** The edge, or something on the way to it, answered the upgrade with a status. */
  | { kind: 'refused'; status: number; retryAfterMs?: number; clockAheadMs?: number }
  | { kind: 'unreachable'; reason: string }
  /** `lastedMs` is 0 for a session that never answered. `reason` is set when it was this side that gave up. */
  | { kind: 'closed'; code: number; lastedMs: number; reason?: string }
