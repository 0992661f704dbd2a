/** From a customer's message to its answer with a model that takes no time: what our own machinery costs. */
import { type BenchServers, startBenchStack } from '../bench-stack.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const RATES = [10, 50, 200] as const
const CUSTOMERS = 1000

export async function measureOverhead(servers: BenchServers, report: Report): Promise<void> {
  const rows = []
  for (const quiet of ['0', 'default'] as const) {
    const bench = await startBenchStack(servers, quiet === '0' ? {} : { BURST_QUIET_MS: '' })
    try {
      const customers = bench.customers(CUSTOMERS)
      await writeSteadily(bench, { rate: 100, seconds: 3, customers })
      await bench.tracker.untilAnswered()
      for (const rate of RATES) {
        bench.tracker.restart()
        await writeSteadily(bench, { rate, seconds: rate < 50 ? 8 : 6, customers })
        await bench.tracker.untilAnswered()
        const { count, p50, p95, p99, max } = toPercentiles(bench.tracker.latencies())
        rows.push([quiet === '0' ? '0' : '800 (default)', rate, count, p50, p95, p99, max])
      }
    } finally {
      await bench.stop()
    }
  }
  report.table(
    'Overhead, callback to send, model 0 ms',
    ['BURST_QUIET_MS', 'msg/s', 'messages', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    rows,
  )
}
