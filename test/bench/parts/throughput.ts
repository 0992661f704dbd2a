/** How much goes through, in bursts of three with a model that takes no time. */
import { type BenchServers, type BenchStack, startBenchStack } from '../bench-stack.ts'
import { measureCeiling } from '../closed-load.ts'
import { toPercentiles } from '../percentiles.ts'
import { cpuMs } from '../process-usage.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const CUSTOMERS = 1000
/** Who write at the same time when the ceiling is looked for. */
const AT_ONCE = 30
const BURST = 3
const RATE = 100

export async function measureThroughput(servers: BenchServers, report: Report): Promise<void> {
  const bench = await startBenchStack(servers)
  try {
    const customers = bench.customers(CUSTOMERS)
    await writeSteadily(bench, { rate: 60, seconds: 3, burst: BURST, customers })
    await bench.tracker.untilAnswered()
    report.table('Throughput in bursts of three', ['', 'value'], await throughputRows(bench, customers))
  } finally {
    await bench.stop()
  }
}

export async function throughputRows(bench: BenchStack, customers: readonly string[]) {
  const { tracker } = bench
  tracker.restart()
  await writeSteadily(bench, { rate: RATE, seconds: 9, burst: BURST, customers })
  const left = tracker.waiting
  await tracker.untilAnswered()
  const steady = toPercentiles(tracker.latencies())
  tracker.restart()
  const cpuBefore = cpuMs(bench.bridge.pid)
  const ceiling = await measureCeiling(bench, { customers: customers.slice(0, AT_ONCE), burst: BURST, seconds: 9 })
  const cpu = (cpuMs(bench.bridge.pid) - cpuBefore) / tracker.answered
  return [
    [`at a steady ${RATE} msg/s: p50 / p95 / max ms`, `${steady.p50} / ${steady.p95} / ${steady.max}`],
    [`  waiting when the last was written, of ${steady.count}`, left],
    [`ceiling, ${AT_ONCE} customers at once, msg/s`, ceiling.toFixed(0)],
    ['  CPU ms of the bridge per message', cpu.toFixed(2)],
  ]
}
