/** When the sweeper looks at a row, in milliseconds. */
export interface DueTiming {
  /** How long a row is left alone for which a pointer is on its way. */
  graceMs: number
  /** How long a published pointer is given before it is published again. */
  againMs: number
}
