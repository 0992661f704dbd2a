/**
 * The real Worker in workerd, as `wrangler dev` runs it, in its own process group: wrangler starts a bundler and two
 * workerd processes, and a kill of wrangler alone would leave them and their port. What it stores stays in `persistTo` and
 * survives `kill`. Nothing of this process's environment or of a developer's `.dev.vars` changes how it behaves, and its
 * secrets travel in its environment, where neither `ps` nor its output shows them.
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isListening } from './is-listening.ts'
import { type ProcessGroup, startProcessGroup } from './process-group.ts'
import { waitUntil } from './wait-until.ts'

export interface EdgeProcessOptions {
  /** Folder for what the Worker stores; made if missing. */
  persistTo: string
  /** Default: a free one, taken by workerd itself, so that edges which start together never meet. */
  port?: number
  /** The Worker's settings, by the names of edge/env.ts. */
  vars: Readonly<Record<string, string>>
  /** Gets what wrangler and the Worker write, as it comes. */
  onOutput?: (text: string) => void
}

export interface EdgeProcess {
  /** Without a slash at its end. */
  readonly url: string
  readonly port: number
  /** Of the first process, and the id of the whole group. */
  readonly pid: number
  /** The last lines that it wrote. */
  output(): string
  /** How it ended, or undefined while it runs. */
  exit(): string | undefined
  /** SIGKILL to the whole group. Resolves when every process is gone and the port is closed. */
  kill(): Promise<void>
  /** SIGTERM, and after 5 s SIGKILL. Resolves as `kill` does. */
  stop(): Promise<void>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WRANGLER = join(ROOT, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

/** With a list of required secrets in wrangler.toml, wrangler takes those from its environment and drops all others. */
const REQUIRED_SECRETS = ['WECHAT_CORP_ID', 'WECHAT_TOKEN', 'WECHAT_AESKEY', 'BRIDGE_TOKEN']

/** Resolves when the Worker answers. Rejects after 30 s, or when wrangler ends before, with what it wrote. */
export async function startEdge({ persistTo, port = 0, vars, onOutput }: EdgeProcessOptions): Promise<EdgeProcess> {
  if (port !== 0 && (await isListening(port))) throw new Error(`port ${port} is taken, the edge cannot start on it`)
  await mkdir(persistTo, { recursive: true })
  // What wrangler and workerd leave in temporary folders when they are killed goes with this one.
  const tmp = await mkdtemp(join(persistTo, 'tmp-'))
  const group = startProcessGroup(
    process.execPath,
    ['--no-warnings', WRANGLER, ...toArguments(persistTo, port, vars)],
    {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: tmp,
        // Its logs and its list of running Workers, which else are shared by every wrangler of this user.
        WRANGLER_LOG_PATH: join(tmp, 'logs'),
        WRANGLER_REGISTRY_PATH: join(tmp, 'registry'),
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        WRANGLER_SEND_METRICS: 'false',
        DO_NOT_TRACK: '1',
        WRANGLER_HIDE_BANNER: 'true',
        NO_COLOR: '1',
        ...Object.fromEntries(Object.entries(vars).filter(([name]) => REQUIRED_SECRETS.includes(name))),
      },
      ...(onOutput && { onOutput }),
    },
  )
  const end = async (signal: NodeJS.Signals, takenPort: number) => {
    await Promise.race([group.kill(signal), sleep(STOP_TIMEOUT_MS, undefined, { ref: false })])
    if (signal !== 'SIGKILL' || group.exit() === undefined) await group.kill('SIGKILL')
    await waitUntil(async () => !(await groupIsAlive(group.pid)), { what: 'every process of the edge ends' })
    if (takenPort !== 0)
      await waitUntil(async () => !(await isListening(takenPort)), { what: 'the port of the edge closes' })
    await rm(tmp, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const url = await waitUntil(() => findAddress(group), { what: 'the edge starts', timeoutMs: START_TIMEOUT_MS })
    const startedPort = Number(new URL(url).port)
    await waitUntil(() => answers(url, group), { what: 'the Worker answers', timeoutMs: START_TIMEOUT_MS })
    return {
      url,
      port: startedPort,
      pid: group.pid,
      output: group.output,
      exit: group.exit,
      kill: () => end('SIGKILL', startedPort),
      stop: () => end('SIGTERM', startedPort),
    }
  } catch (cause) {
    await end('SIGKILL', port)
    throw new Error(`the edge has not started\n${group.output()}`, { cause })
  }
}

function toArguments(persistTo: string, port: number, vars: Readonly<Record<string, string>>): string[] {
  const others = Object.entries(vars).filter(([name]) => !REQUIRED_SECRETS.includes(name))
  return [
    'dev',
    ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
    ...['--persist-to', persistTo, '--show-interactive-dev-session=false'],
    // An empty file of settings in place of `.dev.vars` and `.env`.
    ...['--env-file', '/dev/null'],
    ...others.flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ]
}

function findAddress(group: ProcessGroup): string | undefined {
  throwIfEnded(group)
  return /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(group.output())?.[1]
}

/** Any answer will do: a wrong setting is answered too, and is for the caller to see. */
async function answers(url: string, group: ProcessGroup): Promise<boolean> {
  throwIfEnded(group)
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5000) })
    await response.arrayBuffer()
    return true
  } catch {
    return false
  }
}

function throwIfEnded(group: ProcessGroup): void {
  const ended = group.exit()
  if (ended !== undefined) throw new Error(`wrangler ${ended}`)
}

async function groupIsAlive(group: number): Promise<boolean> {
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  // Where nobody collects them, as in some containers, the dead are still listed.
  if (process.platform !== 'linux') return true
  const states = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readStat))
  return states.some((stat) => stat?.group === group && stat.state !== 'Z')
}

async function readStat(pid: string): Promise<{ state: string; group: number } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name of the program stands in brackets and may hold anything.
    const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, group: Number(group) }
  } catch {
    return undefined
  }
}
