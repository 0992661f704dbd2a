/**
 * A private PostgreSQL cluster from the system's package: own data, 127.0.0.1 only, durable as in production (fsync stays on), gone
 * without a trace after `stop`. Clusters of the system are not touched. PostgreSQL refuses to run as root, so root runs it as the
 * package's user `postgres`.
 */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { createDatabase } from './create-database.ts'
import { freePort } from './free-port.ts'
import { type ProcessGroup, startProcessGroup } from './process-group.ts'
import { waitUntil } from './wait-until.ts'

export interface PostgresServer {
  /** Of the database `postgres`, which is for administration only. */
  readonly url: string
  /** A new database, a copy of `template` when one is named; returns its URL. */
  createDatabase(template?: string): Promise<string>
  /** SIGKILL to every process of the server, its data kept. */
  kill9(): Promise<void>
  /** Starts the server again on the same port and data; resolves when it answers queries. */
  restart(): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 30_000

/** The folder of the newest installed server's programs. */
export function findPostgres(): string | undefined {
  const folders = globSync('/usr/lib/postgresql/*/bin/postgres').map((program) => join(program, '..'))
  return folders.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1)
}

export interface PostgresServerOptions {
  /** Of the user `postgres`; without one everybody on this machine is let in. */
  password?: string
}

export async function startPostgresServer({ password }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const programs = findPostgres()
  if (programs === undefined) throw new Error('PostgreSQL is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'kefu-postgres-'))
  const account = await giveToServer(folder)
  const data = join(folder, 'data')
  const port = await freePort()
  const url = `postgres://postgres${password === undefined ? '' : `:${password}`}@127.0.0.1:${port}/postgres`
  const options = { cwd: folder, env: { PATH: process.env.PATH, LANG: 'C.UTF-8' }, ...account }
  let server: ProcessGroup | undefined

  const kill9 = async () => {
    if (server === undefined || server.exit() !== undefined) return
    // Each child leads a session of its own, so that the group's kill does not reach it, and could go on committing for a moment.
    const children = childrenOf(server.pid)
    await server.kill('SIGKILL')
    for (const child of children) killQuietly(child)
    // A server does not start on data that a child of the last one still has in its memory.
    await waitUntil(() => children.every(isGone), { what: 'every process of PostgreSQL ends' })
  }
  const start = async () => {
    const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, max_connections: 300 }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = startProcessGroup(join(programs, 'postgres'), ['-D', data, ...flags], options)
    await waitUntilReady(server, url)
  }
  const stop = async () => {
    await kill9()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }

  try {
    const passwordFile = join(folder, 'password')
    if (password !== undefined) await writeFile(passwordFile, password)
    const entry = password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    const flags = ['-D', data, '-U', 'postgres', ...entry, '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions']
    execFileSync(join(programs, 'initdb'), flags, { ...options, stdio: 'pipe' })
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    createDatabase: (template) => createDatabase(url, template),
    kill9,
    async restart() {
      await kill9()
      await start()
    },
    stop,
  }
}

async function giveToServer(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const [uid, gid] = [idOf('-u'), idOf('-g')]
  await chown(folder, uid, gid)
  return { uid, gid }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

/** Where nobody collects them, as in some containers, the dead are still listed. */
function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return true
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function waitUntilReady(server: ProcessGroup, url: string): Promise<void> {
  const isReady = async () => {
    const exit = server.exit()
    if (exit !== undefined) throw new Error(`PostgreSQL ${exit}\n${server.output()}`)
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => {})
    }
  }
  await waitUntil(isReady, { what: 'PostgreSQL answers', timeoutMs: START_TIMEOUT_MS, everyMs: 50 })
}
