/**
 * The RabbitMQ node and the PostgreSQL server that all test files of a run share. Each is started by the first file that asks for
 * it, in the process of the run (see global-setup.ts), and ended with the run. A file keeps to itself by a `database_id` of
 * its own, which all queue names carry, and by a database of its own. Whoever kills a server starts his own instead.
 */
import { inject } from 'vitest'
import { createDatabase } from './create-database.ts'
import type { RabbitmqAddress } from './rabbitmq-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where global-setup.ts starts shared servers on demand. */
    serverKeeperUrl: string
    /** A line per test file and program that was missing. */
    missingProgramsFile: string
  }
}

export async function sharedRabbitmq(): Promise<RabbitmqAddress> {
  return (await askKeeper('rabbitmq')) as RabbitmqAddress
}

/** A new database on the shared server, a copy of `template` when one is named; returns its URL. */
export async function sharedPostgresDatabase(template?: string): Promise<string> {
  return createDatabase((await askKeeper('postgres')) as string, template)
}

async function askKeeper(server: string): Promise<unknown> {
  const response = await fetch(new URL(server, inject('serverKeeperUrl')))
  const body = await response.text()
  if (!response.ok) throw new Error(`${server} could not be started: ${body}`)
  return JSON.parse(body)
}
