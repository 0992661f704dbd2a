/** What one customer's slow model call means for all others. */
import { waitUntil } from '../../support/wait-until.ts'
import { type BenchServers, startBenchStack } from '../bench-stack.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const SLOW_MS = 8000
const RATE = 30

export async function measureNeighbours(servers: BenchServers, report: Report): Promise<void> {
  const bench = await startBenchStack(servers)
  try {
    const [slow = '', ...customers] = bench.customers(301)
    const { tracker, stack } = bench
    const run = async (seconds: number) => {
      tracker.restart()
      await writeSteadily(bench, { rate: RATE, seconds, customers })
      const { p50, p95, p99 } = toPercentiles(tracker.latencies())
      return [p50, p95, p99]
    }
    await run(3)
    await tracker.untilAnswered()
    const alone = await run(SLOW_MS / 1000)
    await tracker.untilAnswered()

    stack.model.behave({ kind: 'delay', ms: SLOW_MS }, 1)
    const asked = stack.model.requests.length
    const id = bench.write(slow)
    await waitUntil(() => stack.model.requests.length > asked, { what: 'the slow call' })
    const beside = await run(SLOW_MS / 1000 - 1)
    await tracker.untilAnswered()
    report.table(
      `Others at ${RATE} msg/s while one customer's model call takes 8 s`,
      ['', 'p50 ms', 'p95 ms', 'p99 ms'],
      [
        ['nobody slow', ...alone],
        [`beside the slow call (it took ${tracker.latency(id)} ms)`, ...beside],
      ],
    )
  } finally {
    await bench.stop()
  }
}
