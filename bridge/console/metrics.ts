/**
 * Prometheus metrics of one bridge process. Those that the database has to be asked for are the same from every process, and missing while it
 * is away; the others are not. Names and labels are what docs/grafana stands on.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Fault } from '../store/health-store.ts'
import type { SpendRow } from '../store/spend-store.ts'
import type { AccountDay } from './account-days.ts'

export interface Backlog {
  stage: string
  count: number
  /** Unix milliseconds; 0 when nothing waits. */
  oldestDue: number
}

export interface MetricsDeps {
  backlog: () => Promise<Backlog[]>
  parked: () => Promise<number>
  /** Why work waits: answers, pulls and parts that have failed. */
  faults: () => Promise<Fault[]>
  /** Of today, by account, purpose and model. */
  spend: () => Promise<readonly SpendRow[]>
  /** Of today, by account. */
  days: () => Promise<AccountDay[]>
  /** Parts that the platform takes only when the customer has written again. */
  heldParts: () => Promise<number>
  openAlerts: () => Promise<string[]>
  /** How many calls of each API of the platform may be made at once. */
  callsLeft: () => readonly { api: string; calls: number }[]
  /** 1 up, 0 down. */
  relayUp: () => number
  busUp: () => number
  databaseUp: () => number
  /** Those that this process does for all. */
  jobs: () => readonly string[]
  version: string
  now: () => number
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const MICROS = 1_000_000
/** What serves all accounts. */
const SHARED = 'all'

export function createMetrics(deps: MetricsDeps) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]

  /** A gauge that is asked for when it is read, and missing when it can't be had. */
  const asked = <T, Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    ask: () => Promise<T>,
    set: (value: T, gauge: Gauge<Label>) => void,
  ) =>
    new Gauge<Label>({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      async collect() {
        this.reset()
        if (labelNames.length === 0) this.remove()
        const value = await ask().catch(() => undefined)
        if (value !== undefined) set(value, this)
      },
    })

  const stageSeconds = new Histogram({
    name: 'kefu_stage_seconds',
    help: 'Time that one pointer took, by stage and outcome (idle, done, retry, park, lost).',
    labelNames: ['stage', 'outcome'],
    buckets: SECONDS,
    registers,
  })
  const sent = new Counter({ name: 'kefu_parts_sent_total', help: 'Reply parts that the platform took.', registers })
  const waits = new Histogram({
    name: 'kefu_send_wait_seconds',
    help: 'Time from when a part was stored until the platform took it.',
    buckets: SECONDS,
    registers,
  })

  asked('kefu_due', 'Rows that are due, by stage.', ['stage'], deps.backlog, (backlog, gauge) => {
    for (const { stage, count } of backlog) gauge.set({ stage }, count)
  })
  asked(
    'kefu_oldest_due_seconds',
    'Age of the oldest due row, by stage.',
    ['stage'],
    deps.backlog,
    (backlog, gauge) => {
      for (const { stage, oldestDue } of backlog) {
        gauge.set({ stage }, oldestDue === 0 ? 0 : Math.max(0, deps.now() - oldestDue) / 1000)
      }
    },
  )
  asked('kefu_faults', 'Work that waits because it failed, by reason.', ['reason'], deps.faults, (faults, gauge) => {
    for (const { reason, count } of faults) gauge.inc({ reason }, count)
  })
  asked('kefu_parked', 'What was given up and waits for a person.', [], deps.parked, (count, gauge) => gauge.set(count))
  asked('kefu_parts_held', 'Parts over the quota of five.', [], deps.heldParts, (count, gauge) => gauge.set(count))
  const bySpend = ({ openKfId, purpose, model }: SpendRow) => ({ account: openKfId || SHARED, purpose, model })
  const SPEND_LABELS = ['account', 'purpose', 'model'] as const
  asked('kefu_spend_today', 'Cost of paid calls today in CNY.', SPEND_LABELS, deps.spend, (rows, gauge) => {
    for (const row of rows) gauge.set(bySpend(row), row.costMicros / MICROS)
  })
  asked('kefu_paid_calls_today', 'Paid calls of vendors today.', SPEND_LABELS, deps.spend, (rows, gauge) => {
    for (const row of rows) gauge.set(bySpend(row), row.calls)
  })
  asked(
    'kefu_unpriced_calls_today',
    'Paid calls today whose cost is unknown, and is not in kefu_spend_today.',
    SPEND_LABELS,
    deps.spend,
    (rows, gauge) => {
      for (const row of rows) gauge.set(bySpend(row), row.unpriced)
    },
  )
  asked('kefu_speech_seconds_today', 'Speech recognised today.', ['account'], deps.spend, (rows, gauge) => {
    for (const { openKfId, soundMs } of rows) gauge.inc({ account: openKfId || SHARED }, soundMs / 1000)
  })
  asked('kefu_replies_today', 'Answers of today.', ['account'], deps.days, (days, gauge) => {
    for (const { openKfId, replies } of days) if (openKfId !== '') gauge.set({ account: openKfId }, replies)
  })
  asked('kefu_tokens_today', 'Tokens of today, of all paid calls.', ['account', 'kind'], deps.days, (days, gauge) => {
    for (const { openKfId, inputTokens, outputTokens } of days) {
      gauge.set({ account: openKfId || SHARED, kind: 'input' }, inputTokens)
      gauge.set({ account: openKfId || SHARED, kind: 'output' }, outputTokens)
    }
  })
  asked('kefu_alert_open', '1 for each alert that is open.', ['alert'], deps.openAlerts, (keys, gauge) => {
    for (const alert of keys) gauge.set({ alert }, 1)
  })

  const known = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  known('kefu_relay_up', '1 while this process is connected to the edge.', deps.relayUp)
  known('kefu_bus_up', '1 while the bus takes pointers.', deps.busUp)
  known('kefu_database_up', '1 while the database takes writes.', deps.databaseUp)
  new Gauge({
    name: 'kefu_api_calls_left',
    help: 'Calls of an API of the platform that this process may make at once, below its share of the limit of the minute and the hour.',
    labelNames: ['api'],
    registers,
    collect() {
      for (const { api, calls } of deps.callsLeft()) this.set({ api }, calls)
    },
  })
  new Gauge({
    name: 'kefu_job_held',
    help: '1 for each job that this process does for all.',
    labelNames: ['job'],
    registers,
    collect() {
      this.reset()
      for (const job of deps.jobs()) this.set({ job: job.replace(/:.*$/, '') }, 1)
    },
  })
  new Gauge({ name: 'kefu_build_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: deps.version },
    1,
  )

  return {
    observe: (stage: string, outcome: string, ms: number) => stageSeconds.observe({ stage, outcome }, ms / 1000),
    countSent: (part?: { createdAt: number }) => {
      sent.inc()
      if (part !== undefined) waits.observe(Math.max(0, deps.now() - part.createdAt) / 1000)
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
