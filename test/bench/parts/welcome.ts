/** From a customer's entry to their welcome while others write: it has 20 seconds on the platform, and should take less than two. */
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../support/wait-until.ts'
import { type BenchServers, startBenchStack } from '../bench-stack.ts'
import { toPercentiles } from '../percentiles.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const MESSAGES_PER_SECOND = 50
const ENTRIES_PER_SECOND = 10
const SECONDS = 20
const PATIENCE_MS = 30_000

export async function measureWelcome(servers: BenchServers, report: Report): Promise<void> {
  // The quiet time of the default set-up.
  const bench = await startBenchStack(servers, { BURST_QUIET_MS: '' })
  const { simulator } = bench.stack
  try {
    const writers = bench.customers(1000)
    await writeSteadily(bench, { rate: 100, seconds: 3, customers: writers })
    await bench.tracker.untilAnswered()
    bench.tracker.restart()

    // Who has a name of their own is a customer of their own: nobody is welcomed who has written before.
    const guests = Array.from(
      { length: ENTRIES_PER_SECOND * SECONDS },
      (_, index) => simulator.addCustomer({ name: `访客${index}` }).externalUserId,
    )
    const enteredAt = new Map<string, number>()
    const enter = async () => {
      const startedAt = performance.now()
      for (const [index, externalUserId] of guests.entries()) {
        const due = startedAt + (index * 1000) / ENTRIES_PER_SECOND
        await sleep(Math.max(0, due - performance.now()))
        enteredAt.set(externalUserId, Date.now())
        simulator.customerEnters({ externalUserId })
      }
    }
    const load = { rate: MESSAGES_PER_SECOND, seconds: SECONDS, customers: writers }
    await Promise.all([enter(), writeSteadily(bench, load)])
    const welcomed = () =>
      simulator.delivered().flatMap(({ endpoint, externalUserId, at }) => {
        const entered = enteredAt.get(externalUserId)
        return endpoint === 'kf/send_msg_on_event' && entered !== undefined ? [at - entered] : []
      })
    const patience = { what: 'every guest is welcomed', timeoutMs: PATIENCE_MS, everyMs: 50 }
    await waitUntil(() => welcomed().length >= guests.length, patience).catch(() => undefined)
    await bench.tracker.untilAnswered()
    const latencies = welcomed()
    const { p50, p95, p99, max } = toPercentiles(latencies)
    const answers = toPercentiles(bench.tracker.latencies())
    report.table(
      `Welcome, entry to delivery, ${ENTRIES_PER_SECOND} entries/s beside ${MESSAGES_PER_SECOND} messages/s`,
      ['entries', 'welcomed', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'answers p99 ms'],
      [[guests.length, latencies.length, p50, p95, p99, max, answers.p99]],
    )
  } finally {
    await bench.stop()
  }
}
