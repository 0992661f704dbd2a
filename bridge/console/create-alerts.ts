/** The alerts of an installation, put together: facts, rules, state and webhook. */

import { ALERT_LIMITS } from './alerts/alert-rules.ts'
import { createGatherFacts, type GatherFactsDeps } from './alerts/gather-facts.ts'
import { createSendAlert, type Webhook } from './alerts/send-alert.ts'
import { type AlertWatch, createAlertWatch, type WatchAlertsDeps } from './alerts/watch-alerts.ts'

export interface AlertTiming {
  /** Between two looks. */
  everyMs: number
  /** What waits longer is an alert. */
  ageMs: number
  /** For what mends itself when it is short. */
  patienceMs: number
  closeAfterMs: number
  retryMs: number
  webhookDeadlineMs: number
}

export interface AlertsDeps extends GatherFactsDeps, Pick<WatchAlertsDeps, 'store' | 'log' | 'now'> {
  webhook: Webhook | undefined
}

export function createAlerts({ webhook, store, log, ...deps }: AlertsDeps, timing: AlertTiming): AlertWatch {
  const send = webhook && createSendAlert({ webhook, fetch: deps.fetch ?? fetch, deadlineMs: timing.webhookDeadlineMs })
  const { ageMs, patienceMs, closeAfterMs, retryMs } = timing
  return createAlertWatch(
    { store, facts: createGatherFacts(deps), send, log, now: deps.now },
    { limits: { ...ALERT_LIMITS, ageMs, patienceMs }, closeAfterMs, retryMs },
  )
}
