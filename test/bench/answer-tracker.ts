/**
 * How long each customer waited, from the simulator's records: from the message's entry into the account's log to the answer
 * that names it. The callback, the Worker and the whole bridge lie between.
 */
import type { Simulator } from '../simulator/create-simulator.ts'
import { waitUntil } from '../support/wait-until.ts'

export const ID = /m\d+/g
const PATIENCE_MS = 180_000

export interface AnswerTracker {
  /** Reads what is new in the records. */
  poll(): void
  /** Notes a message under its id, which its text must hold. */
  wrote(id: string): void
  isAnswered(id: string): boolean
  readonly answered: number
  readonly waiting: number
  /** Of all that were answered since the last `restart`, in ms. */
  latencies(): number[]
  /** Of one message; undefined while it waits. */
  latency(id: string): number | undefined
  /** Forgets what was measured; what waits stays noted. */
  restart(): void
  /** Rejects after three minutes: longer than a message waits whose callback was lost, which a machine that is too busy brings about. */
  untilAnswered(): Promise<void>
}

export function createAnswerTracker(simulator: Simulator): AnswerTracker {
  const writtenAt = new Map<string, number>()
  let latencyOf = new Map<string, number>()
  let seen = simulator.records({ limit: 1 }).lastSeq

  const poll = () => {
    const { records, lastSeq } = simulator.records({ since: seen })
    seen = lastSeq
    for (const record of records) {
      if (record.kind !== 'delivered') continue
      for (const [id] of record.text.matchAll(ID)) {
        const start = writtenAt.get(id)
        if (start === undefined) continue
        writtenAt.delete(id)
        latencyOf.set(id, record.at - start)
      }
    }
  }

  return {
    poll,
    wrote: (id) => void writtenAt.set(id, Date.now()),
    isAnswered: (id) => latencyOf.has(id),
    get answered() {
      return latencyOf.size
    },
    get waiting() {
      return writtenAt.size
    },
    latencies: () => [...latencyOf.values()],
    latency: (id) => latencyOf.get(id),
    restart: () => {
      latencyOf = new Map()
    },
    untilAnswered: () =>
      waitUntil(
        () => {
          poll()
          return writtenAt.size === 0
        },
        { what: 'every message is answered', timeoutMs: PATIENCE_MS, everyMs: 5 },
      ).then(() => undefined),
  }
}
