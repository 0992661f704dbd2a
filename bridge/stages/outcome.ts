/** How a stage's work on one row ended. `run-stage.ts` turns it into the row's attempts, due time and state. */
export type Outcome =
  | { kind: 'done' }
  /**
   * Try again: after `afterMs`, or by the usual back-off. `isFree` when the failure says nothing about this row, so it costs no attempt. `isTimed`
   * when the stage itself knows when it is enough: attempts are counted, and are no limit.
   */
  | { kind: 'retry'; reason: string; afterMs?: number; isFree?: boolean; isTimed?: boolean }
  /** Give up and show it to people. */
  | { kind: 'park'; reason: string }
