/**
 * A PostgreSQL that has pgvector, which the system's package has not: PGlite, in a process of its own. It has one session for all
 * connections and one database, so it is for what is asked of pgvector, not for what connections do to each other.
 */
import { join } from 'node:path'
import { Client } from 'pg'
import { startProcessGroup } from './process-group.ts'
import { waitUntil } from './wait-until.ts'

export interface PgvectorServer {
  readonly url: string
  /** The database as a new one: without a table, and without the extension. */
  clear(): Promise<void>
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 30_000

export async function startPgvectorServer(): Promise<PgvectorServer> {
  let output = ''
  const group = startProcessGroup(process.execPath, [join(import.meta.dirname, 'serve-pglite.ts')], {
    env: { PATH: process.env.PATH },
    onOutput: (text) => {
      output += text
    },
  })
  const address = () => /listening at (\S+)\n/.exec(output)?.[1]
  const isListening = () => {
    const exit = group.exit()
    if (exit !== undefined) throw new Error(`PGlite ${exit}\n${group.output()}`)
    return address() !== undefined
  }
  await waitUntil(isListening, { what: 'PGlite listens', timeoutMs: START_TIMEOUT_MS, everyMs: 20 })
  const url = `postgres://postgres:postgres@${address()}/postgres`
  return {
    url,
    async clear() {
      const client = new Client({ connectionString: url })
      await client.connect()
      try {
        await client.query('drop schema public cascade; create schema public')
      } finally {
        await client.end()
      }
    },
    stop: () => group.kill('SIGKILL'),
  }
}
