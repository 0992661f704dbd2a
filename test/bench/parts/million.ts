/** Whether the past slows the present: the same measurements before and after a million stored messages. */
import { type BenchServers, type BenchStack, startBenchStack } from '../bench-stack.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'
import { storeHistory } from '../store-history.ts'
import { recoveryRows } from './recovery.ts'
import { throughputRows } from './throughput.ts'

const HISTORY = 1_000_000

export async function measureMillion(servers: BenchServers, report: Report): Promise<void> {
  const bench = await startBenchStack(servers)
  try {
    const customers = bench.customers(1000)
    const before = await measureAll(bench, customers)
    await bench.bridge.kill('SIGTERM')
    const startedAt = performance.now()
    await storeHistory(bench, HISTORY)
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    await bench.restartBridge()
    const after = await measureAll(bench, customers)
    report.table(
      `With ${HISTORY.toLocaleString('en')} stored messages (written in ${seconds} s)`,
      ['', 'empty', 'full'],
      before.map(([title = '', value = ''], index) => [title, value, after[index]?.[1] ?? '']),
    )
  } finally {
    await bench.stop()
  }
}

async function measureAll(bench: BenchStack, customers: readonly string[]) {
  await writeSteadily(bench, { rate: 50, seconds: 3, customers })
  await bench.tracker.untilAnswered()
  bench.tracker.restart()
  await writeSteadily(bench, { rate: 50, seconds: 6, customers })
  await bench.tracker.untilAnswered()
  const { p50, p95, p99 } = toPercentiles(bench.tracker.latencies())
  return [
    ['overhead at 50 msg/s: p50 / p95 / p99 ms', `${p50} / ${p95} / ${p99}`],
    ...(await throughputRows(bench, customers)),
    ...(await recoveryRows(bench, customers.slice(0, 200))),
  ]
}
