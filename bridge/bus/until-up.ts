import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from './bus.ts'

const POLL_MS = 20

/**
 * Waits a moment for the broker: what is published before it is there would only be found by the sweeper. A bridge starts
 * without it all the same.
 */
export async function untilUp(bus: Pick<Bus, 'state'>, { atMostMs }: { atMostMs: number }): Promise<void> {
  const giveUpAt = performance.now() + atMostMs
  while (!bus.state().up && performance.now() < giveUpAt) await sleep(POLL_MS)
}
