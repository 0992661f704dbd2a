/** All in milliseconds. */
export interface StageTiming {
  /** How long a claimed row belongs to its process without a sign of life. */
  leaseMs: number
  /** Between tries on one row: a delay that doubles from `baseMs` to `maxMs`, half of it jitter. */
  retry: RetryTiming
  /** The same for a call that may come through any moment, because the other side could not be reached. */
  unreachable: RetryTiming
  /** The window of the platform's rate limit; also how long a wrong set-up is left alone. */
  rateWindowMs: number
  /** Until a model whose account is in trouble is asked again. */
  accountRetryMs: number
  /** A model that fails is asked again until the customer has waited this long; then they are told. */
  giveUpAfterMs: number
  /** What a model writes is kept together if all of it is there so soon; after that, a long answer's beginning goes out while the rest is written. */
  streamAfterMs: number
}

export interface RetryTiming {
  baseMs: number
  maxMs: number
}
