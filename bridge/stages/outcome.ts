/** How a stage's work on one row ended. One wrapper turns it into the row's attempts, due time and state. */
export type Outcome =
  | { kind: 'done' }
  /** Nothing was due, or somebody else holds the lease. */
  | { kind: 'idle' }
  /** Try again: after `afterMs`, or by the usual back-off. */
  | { kind: 'retry'; reason: string; afterMs?: number }
  /** Give up and show it to people. */
  | { kind: 'park'; reason: string }
