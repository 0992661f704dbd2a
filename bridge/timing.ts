/**
 * Every time-out, delay and rhythm of the bridge in one table. Tests that want trouble sooner scale all of it down together, so
 * that what belongs together stays in proportion.
 */
import type { AlertTiming } from './console/create-alerts.ts'
import { RELAY_TIMING, type RelayTiming } from './relay/relay-timing.ts'
import type { NoticeTiming } from './stages/notice-stage.ts'
import type { JobTiming } from './stages/single-job.ts'
import type { StageTiming } from './stages/stage-timing.ts'
import type { DueTiming } from './store/due-timing.ts'

/** All in milliseconds. */
export interface Timing {
  stage: StageTiming
  /** A welcome lives for 20 seconds: whoever died with one must be found soon. */
  notice: Pick<NoticeTiming, 'leaseMs' | 'retry'>
  job: JobTiming
  due: DueTiming
  relay: RelayTiming
  /** Between two sweeps. */
  sweepMs: number
  /** Between two looks for changed settings. */
  settingsMs: number
  /** Between two looks for sessions in which nothing happens any more. */
  deskMs: number
  /** Between two reconciling pulls of the whole corp. */
  reconcileMs: number
  /** How long an account is left alone after a pull. */
  reconcileMinAgeMs: number
  /** Between two looks for what is too old, and between two batches of what is. */
  retentionMs: number
  knowledgeMs: number
  retentionPauseMs: number
  /** For how long an answerer is left alone that fails again and again, or whose account is in trouble. */
  breaker: { openMs: number; accountMs: number }
  /** For one call of the platform, and for one whole answer of a model. */
  platformDeadlineMs: number
  modelDeadlineMs: number
  alerts: AlertTiming
  /** Between two exports of traces. */
  tracesMs: number
  /** For running work to end after the first signal. */
  drainMs: number
}

const TIMING: Timing = {
  stage: {
    leaseMs: 60_000,
    retry: { baseMs: 1000, maxMs: 10 * 60_000 },
    unreachable: { baseMs: 1000, maxMs: 30_000 },
    rateWindowMs: 60_000,
    accountRetryMs: 30_000,
    giveUpAfterMs: 5 * 60_000,
    streamAfterMs: 1500,
  },
  notice: { leaseMs: 6000, retry: { baseMs: 300, maxMs: 2000 } },
  job: { leaseMs: 20_000, renewMs: 6000 },
  due: { graceMs: 2000, againMs: 15_000 },
  relay: RELAY_TIMING,
  sweepMs: 2000,
  settingsMs: 2000,
  deskMs: 60_000,
  reconcileMs: 15_000,
  reconcileMinAgeMs: 60_000,
  retentionMs: 3_600_000,
  knowledgeMs: 60_000,
  retentionPauseMs: 200,
  breaker: { openMs: 30_000, accountMs: 60_000 },
  platformDeadlineMs: 10_000,
  modelDeadlineMs: 60_000,
  tracesMs: 5000,
  alerts: {
    everyMs: 10_000,
    ageMs: 120_000,
    patienceMs: 60_000,
    closeAfterMs: 30_000,
    retryMs: 10_000,
    webhookDeadlineMs: 5000,
  },
  drainMs: 8000,
}

/** `scale` 1 is for real use; 0.1 makes everything ten times as impatient. */
export function toTiming(scale: number): Timing {
  return scaled(TIMING, scale)
}

function scaled<T extends object>(table: T, scale: number): T {
  const entries = Object.entries(table).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.max(1, Math.round(value * scale)) : scaled(value as object, scale),
  ])
  return Object.fromEntries(entries) as T
}
