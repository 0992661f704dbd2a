/** Customers who write a burst, wait for the answer to all of it, and write again: as many messages as the whole can take. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchStack } from './bench-stack.ts'

export interface ClosedLoad {
  customers: readonly string[]
  burst: number
  seconds: number
}

/** Messages per second that were answered. */
export async function measureCeiling(bench: BenchStack, { customers, burst, seconds }: ClosedLoad): Promise<number> {
  const { tracker } = bench
  const open = new Map<string, string[]>()
  const startedAt = performance.now()
  let answered = 0
  while (performance.now() - startedAt < seconds * 1000) {
    for (const customer of customers) {
      const ids = open.get(customer)
      if (ids !== undefined && !ids.every(tracker.isAnswered)) continue
      answered += ids?.length ?? 0
      open.set(
        customer,
        Array.from({ length: burst }, () => bench.write(customer)),
      )
    }
    await sleep(2)
    tracker.poll()
  }
  const rate = answered / ((performance.now() - startedAt) / 1000)
  await tracker.untilAnswered()
  // The local Worker is far behind by now, and what it still holds must not be measured with what comes next.
  await bench.stack.restartEdge()
  await bench.bridge.ready(60_000)
  return rate
}
