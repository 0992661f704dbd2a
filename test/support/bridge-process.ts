/** The real bridge, `bridge/main.ts`, as a process of its own, told everything by its environment. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packageJson from '../../package.json' with { type: 'json' }
import { startProcessGroup } from './process-group.ts'
import { waitUntil } from './wait-until.ts'

export interface BridgeProcessOptions {
  /** Its settings; nothing of this process's own environment reaches it but PATH. */
  env: Readonly<Record<string, string>>
  /** Gets its log as it comes. */
  onOutput?: (text: string) => void
}

export interface BridgeProcess {
  readonly pid: number
  /** Of its console, e.g. `http://127.0.0.1:40001`. */
  readonly url: string
  /** Everything it has logged so far. */
  output(): string
  /** How it ended, or undefined while it runs. */
  exit(): string | undefined
  kill(signal: NodeJS.Signals): Promise<void>
  /** Resolves when /readyz says that database, bus and relay are up. */
  ready(timeoutMs?: number): Promise<void>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** As `npm start` runs it, so that what is tested and measured is what is used. */
const FLAGS = packageJson.scripts.start.match(/--max-[\w-]+=\d+/g) ?? []
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/node')

/** Resolves when the bridge says that it has started. Rejects with what it wrote when it ends before that. */
export async function startBridgeProcess({ env, onOutput }: BridgeProcessOptions): Promise<BridgeProcess> {
  let log = ''
  const group = startProcessGroup(process.execPath, [...FLAGS, join(ROOT, 'bridge/main.ts')], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE, MALLOC_ARENA_MAX: '2', PORT: '0', ...env },
    onOutput(text) {
      log += text
      onOutput?.(text)
    },
  })
  const url = await waitUntil(
    () => {
      const ended = group.exit()
      if (ended !== undefined) throw new Error(`the bridge has not started: ${ended}\n${log}`)
      return findConsole(log)
    },
    { what: 'the bridge starts', timeoutMs: 30_000 },
  ).catch(async (error: unknown) => {
    await group.kill('SIGKILL')
    throw error
  })
  return {
    pid: group.pid,
    url,
    output: () => log,
    exit: group.exit,
    kill: group.kill,
    async ready(timeoutMs = 20_000) {
      await waitUntil(
        async () => {
          const ended = group.exit()
          if (ended !== undefined) throw new Error(`the bridge ended: ${ended}\n${log}`)
          return fetch(new URL('/readyz', url)).then(
            (response) => response.ok,
            () => false,
          )
        },
        { what: 'the bridge is ready', timeoutMs, everyMs: 50 },
      )
    },
  }
}

/** From the line that the bridge logs when it has started, as JSON or for people. */
function findConsole(log: string): string | undefined {
  const start = log.indexOf('bridge.started')
  if (start === -1) return undefined
  const line = log.slice(log.lastIndexOf('{"level"', start) + 1)
  return /http:\/\/[\w.[\]:]+:\d+/.exec(line)?.[0]
}
