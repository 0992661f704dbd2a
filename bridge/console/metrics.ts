/** Prometheus metrics of one bridge process. Those that the database has to be asked for are missing while it is away; the others are not. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Backlog {
  stage: string
  count: number
  /** Unix milliseconds; 0 when nothing waits. */
  oldestDue: number
}

export interface MetricsDeps {
  backlog: () => Promise<Backlog[]>
  parked: () => Promise<number>
  /** 1 up, 0 down. */
  relayUp: () => number
  busUp: () => number
  now: () => number
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createMetrics(deps: MetricsDeps) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const backlogIfKnown = (): Promise<Backlog[]> => deps.backlog().catch(() => [])

  const stageSeconds = new Histogram({
    name: 'kefu_stage_seconds',
    help: 'Time that one pointer took, by stage and outcome.',
    labelNames: ['stage', 'outcome'],
    buckets: SECONDS,
    registers,
  })
  const sent = new Counter({ name: 'kefu_parts_sent_total', help: 'Reply parts that the platform took.', registers })
  new Gauge({
    name: 'kefu_due',
    help: 'Rows that are due, by stage.',
    labelNames: ['stage'],
    registers,
    async collect() {
      this.reset()
      for (const { stage, count } of await backlogIfKnown()) this.set({ stage }, count)
    },
  })
  new Gauge({
    name: 'kefu_oldest_due_seconds',
    help: 'Age of the oldest due row, by stage.',
    labelNames: ['stage'],
    registers,
    async collect() {
      this.reset()
      for (const { stage, oldestDue } of await backlogIfKnown()) {
        this.set({ stage }, oldestDue === 0 ? 0 : Math.max(0, deps.now() - oldestDue) / 1000)
      }
    },
  })
  new Gauge({
    name: 'kefu_parked',
    help: 'What was given up and waits for a person.',
    registers,
    async collect() {
      const parked = await deps.parked().catch(() => undefined)
      if (parked === undefined) this.remove()
      else this.set(parked)
    },
  })
  new Gauge({
    name: 'kefu_relay_up',
    help: '1 while this process is connected to the edge.',
    registers,
    collect() {
      this.set(deps.relayUp())
    },
  })
  new Gauge({
    name: 'kefu_bus_up',
    help: '1 while the bus takes pointers.',
    registers,
    collect() {
      this.set(deps.busUp())
    },
  })

  return {
    observe: (stage: string, outcome: string, ms: number) => stageSeconds.observe({ stage, outcome }, ms / 1000),
    countSent: () => sent.inc(),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
