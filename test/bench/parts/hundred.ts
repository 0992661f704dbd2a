/** A hundred customers write at the same moment to a model that takes a second. */
import { type BenchServers, startBenchStack } from '../bench-stack.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const CUSTOMERS = 100
const ROUNDS = 3

export async function measureHundred(servers: BenchServers, report: Report): Promise<void> {
  const rows = []
  for (const quiet of ['0', 'default'] as const) {
    const bench = await startBenchStack(servers, quiet === '0' ? {} : { BURST_QUIET_MS: '' })
    try {
      const customers = bench.customers(CUSTOMERS)
      await writeSteadily(bench, { rate: 100, seconds: 2, customers })
      await bench.tracker.untilAnswered()
      bench.stack.model.behave({ kind: 'delay', ms: 1000 })
      for (let round = 1; round <= ROUNDS; round += 1) {
        bench.tracker.restart()
        for (const customer of customers) bench.write(customer)
        await bench.tracker.untilAnswered()
        const { p50, p95, max } = toPercentiles(bench.tracker.latencies())
        rows.push([quiet === '0' ? '0' : '800 (default)', round, p50, p95, max])
      }
    } finally {
      await bench.stop()
    }
  }
  report.table(
    '100 customers at once, model 1,000 ms',
    ['BURST_QUIET_MS', 'round', 'p50 ms', 'p95 ms', 'last ms'],
    rows,
  )
}
