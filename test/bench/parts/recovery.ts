/** kill -9 under load, messages while nobody runs, and how long they wait once a bridge is started again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchServers, type BenchStack, startBenchStack } from '../bench-stack.ts'
import type { Report } from '../report.ts'
import { writeSteadily } from '../steady-load.ts'

const ROUNDS = 3
const RATE = 30
const WRITTEN_MEANWHILE = 20

export async function measureRecovery(servers: BenchServers, report: Report): Promise<void> {
  const bench = await startBenchStack(servers)
  try {
    report.table('Recovery after kill -9 under load', ['', 'value'], await recoveryRows(bench, bench.customers(200)))
  } finally {
    await bench.stop()
  }
}

export async function recoveryRows(bench: BenchStack, customers: readonly string[]) {
  const rounds: { startedMs: number; answeredMs: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await writeSteadily(bench, { rate: RATE, seconds: 2, customers })
    await bench.bridge.kill('SIGKILL')
    for (const customer of customers.slice(0, WRITTEN_MEANWHILE)) bench.write(customer)
    await sleep(500)
    bench.tracker.poll()
    const startedAt = performance.now()
    let startedMs = 0
    const restarted = bench.restartBridge().then(() => {
      startedMs = performance.now() - startedAt
    })
    await bench.tracker.untilAnswered()
    const answeredMs = performance.now() - startedAt
    await restarted
    rounds.push({ startedMs, answeredMs })
  }
  const worst = (of: (round: (typeof rounds)[number]) => number) => `${Math.round(Math.max(...rounds.map(of)))} ms`
  return [
    [`start of the process to ready, worst of ${ROUNDS}`, worst(({ startedMs }) => startedMs)],
    ['start of the process to the last waiting answer, worst', worst(({ answeredMs }) => answeredMs)],
  ]
}
