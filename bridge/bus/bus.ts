/**
 * The bus carries pointers between stages. A pointer says only "look at this row": what is to be done, and
 * whether anything is, the database knows. Losing, doubling or reordering one is harmless, because the sweeper
 * publishes whatever is due again.
 */

export const STAGES = ['fetch', 'parse', 'reply', 'notice'] as const
export type Stage = (typeof STAGES)[number]

export interface Pointer {
  stage: Stage
  /** fetch: open_kfid · parse: msgid · reply: conversation id · notice: msgid of a reply part on an event's code. */
  key: string
}

/** What becomes of a delivered pointer. `dead-letter` is for people who watch RabbitMQ; the row is parked already. */
export type Settlement = 'ack' | 'dead-letter'

export type PointerHandler = (key: string) => Promise<Settlement>

export interface ConsumeOptions {
  /** How many pointers are handled at once; the prefetch on RabbitMQ. */
  concurrency: number
}

export type BusState = { up: true } | { up: false; reason: string }

export interface Bus {
  /** Resolves once the broker has confirmed. Rejects with `bus.unavailable` (retryable) when it can't be reached. */
  publish(pointer: Pointer): Promise<void>
  /**
   * Starts handling a stage's pointers; survives reconnects. A handler that throws has its pointer acknowledged and the
   * error logged: the row is still due, so the sweeper brings it back.
   */
  consume(stage: Stage, options: ConsumeOptions, handler: PointerHandler): Promise<void>
  state(): BusState
  /** Stops taking pointers, waits for running handlers, then disconnects. */
  close(): Promise<void>
}
