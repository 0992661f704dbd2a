/** Customers who write at a steady rate, whatever becomes of their messages: what waits shows up as waiting, not as a pause. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchStack } from './bench-stack.ts'

export interface SteadyLoad {
  /** Messages per second. */
  rate: number
  seconds: number
  /** Messages that one customer writes at once. Default 1. */
  burst?: number
  customers: readonly string[]
}

/** Resolves when the last message is written. */
export async function writeSteadily(bench: BenchStack, load: SteadyLoad): Promise<void> {
  const { rate, seconds, burst = 1, customers } = load
  const bursts = Math.round((rate * seconds) / burst)
  const startedAt = performance.now()
  for (let written = 0; written < bursts; ) {
    const due = Math.min(bursts, Math.floor(((performance.now() - startedAt) / 1000) * (rate / burst)) + 1)
    for (; written < due; written += 1) {
      const customer = customers[written % customers.length] ?? ''
      for (let message = 0; message < burst; message += 1) bench.write(customer)
    }
    await sleep(2)
    bench.tracker.poll()
  }
}
