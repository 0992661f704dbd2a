/**
 * A server of the test run in its own process group, so that it goes as a whole: a kill reaches what it started itself, and
 * a Ctrl-C in the terminal reaches it only through us. However this process ends, kill -9 included, the group ends with it.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ProcessGroup {
  readonly pid: number
  /** How it ended, or undefined while it runs. */
  exit(): string | undefined
  /** The last lines that it wrote to either stream. */
  output(): string
  /** Sends the signal to every process of the group and waits for the first one to end. */
  kill(signal: NodeJS.Signals): Promise<void>
}

const KEPT_OUTPUT = 8_000

export interface ProcessGroupOptions extends SpawnOptions {
  /** Gets everything that the group writes, as it comes. */
  onOutput?: (text: string) => void
}

export function startProcessGroup(
  command: string,
  args: readonly string[],
  { onOutput, ...options }: ProcessGroupOptions,
): ProcessGroup {
  const child: ChildProcess = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let exit: string | undefined
  const keep = (chunk: Buffer) => {
    const text = chunk.toString()
    output = (output + text).slice(-KEPT_OUTPUT)
    onOutput?.(text)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.on('error', (error) => {
    exit ??= error.message
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    exit ??= `ended by ${signal ?? `exit code ${code}`}`
  })
  ended.catch(() => {})
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} could not be started`)

  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  const guard = startGuard(pid)
  ended.finally(() => guard.kill('SIGKILL')).catch(() => {})

  return {
    pid,
    exit: () => exit,
    output: () => output,
    async kill(signal) {
      signalGroup(signal)
      if (exit === undefined) await ended
    },
  }
}

/** Waits for the end of a pipe that only this process holds open, then kills the group. */
function startGuard(pid: number): ChildProcess {
  const script = `cat > /dev/null; kill -9 -${pid}`
  const guard = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  return guard
}
