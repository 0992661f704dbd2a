import type { Logger } from '../logger.ts'
import type { Bus } from './bus.ts'
import { createInProcessBus } from './in-process-bus.ts'
import type { RabbitmqAddress } from './rabbitmq-fault.ts'

export interface BusOptions {
  /** Undefined: pointers stay in this process. */
  rabbitmq: RabbitmqAddress | undefined
  /** Part of the queues' names: a bridge belongs to one database. */
  databaseId: string
  log: Logger
}

/** The bus that the settings name. Connects in the background. */
export async function createBus({ rabbitmq, databaseId, log }: BusOptions): Promise<Bus> {
  if (rabbitmq === undefined) return createInProcessBus({ log })
  // Loaded only where there is a broker: memory is dear on a small box.
  const { createRabbitmqBus } = await import('./rabbitmq-bus.ts')
  return createRabbitmqBus({ ...rabbitmq, databaseId, log })
}
