/**
 * Runs a program of the project to its end, in a process group of its own, and ends the whole group with it: wrangler starts others that a
 * kill of itself would leave behind. A Ctrl-C ends it, too.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProgramRun {
  /** Of Node. */
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** Gets what it writes to either stream, as it comes. */
  onOutput: (text: string) => void
  signal?: AbortSignal
}

export type RunProgram = (run: ProgramRun) => Promise<{ code: number }>

const GRACE_MS = 3_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** `code`: of its exit; 130 when it was ended. */
export const runProgram: RunProgram = async ({ args, cwd, env, onOutput, signal }) => {
  const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit') as Promise<[number | null]>
  // Later than its exit, when what it wrote has been read.
  const closed = once(child, 'close')
  closed.catch(() => undefined)
  child.stdout.on('data', (chunk: Buffer) => onOutput(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => onOutput(chunk.toString()))
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // Gone already.
    }
  }
  let isEnded = false
  let force: NodeJS.Timeout | undefined
  const end = () => {
    isEnded = true
    kill('SIGTERM')
    force ??= setTimeout(() => kill('SIGKILL'), GRACE_MS)
  }
  for (const name of SIGNALS) process.on(name, end)
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted) end()
  try {
    const [code] = await exited
    // What it started itself: it may hold the pipes open.
    kill('SIGKILL')
    await Promise.race([closed, sleep(GRACE_MS, undefined, { ref: false })])
    return { code: isEnded ? 130 : (code ?? 1) }
  } finally {
    clearTimeout(force)
    for (const name of SIGNALS) process.off(name, end)
    signal?.removeEventListener('abort', end)
  }
}
