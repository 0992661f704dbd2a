/**
 * Runs a program of the system on what a stranger sent: no shell, no secret in its environment, a deadline, caps on its memory,
 * its processor time and its output, and no way to write a file. It is killed with all that it started. What it says about its
 * work is bounded and never logged: it may quote what it reads.
 *
 * The hard caps are set by prlimit (util-linux); where that is missing, the deadline and the watch on its memory remain.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { AppError } from '../../../shared/app-error.ts'

export interface ProgramRun {
  program: string
  args: readonly string[]
  /** Of its output; what says more is killed. */
  maxOutputBytes: number
  deadlineMs: number
  /** Resident, shared libraries included; beyond it is killed. Watched where there is /proc, that is on Linux. */
  memoryMb: number
  /** Of what it may write to, libraries not counted; it gets no more. For programs that don't reserve what they never use. */
  dataMb?: number
  /** Written to its standard input. */
  input?: Uint8Array
}

export type ProgramEnd =
  | { kind: 'done'; output: Buffer }
  /** `refused`: it ended with an error of its own. */
  | { kind: 'failed'; why: 'time' | 'memory' | 'output' | 'refused' }

/** Rejects with the reason of `signal`, and with `program.missing` when there is no such program. */
export type RunProgram = (run: ProgramRun, signal: AbortSignal) => Promise<ProgramEnd>

const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path))
const WATCH_MS = 25
/** A program that nobody waits for any more, because the bridge was killed, ends by this. */
const CPU_SPARE_S = 5

export const runProgram: RunProgram = async (run, signal) => {
  signal.throwIfAborted()
  const [command, args] = withLimits(run)
  const child = spawn(command, args, {
    // No secret of ours is where a stranger's file is read.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin', LC_ALL: 'C.UTF-8' },
    cwd: '/',
    // A group of its own, so that it can be killed as a whole.
    detached: true,
    stdio: [run.input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
  })
  child.on('error', () => {})
  await once(child, 'spawn').catch((cause: unknown) => {
    throw missing(run.program, cause)
  })
  lowerPriority(child)
  return follow(child, run, signal)
}

function follow(child: ChildProcess, run: ProgramRun, signal: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let killedFor: 'time' | 'memory' | 'output' | undefined
    const kill = (why: typeof killedFor) => {
      killedFor ??= why
      killGroup(child)
    }
    const abort = () => {
      killGroup(child)
      settle(() => reject(signal.reason))
    }
    const late = setTimeout(() => kill('time'), run.deadlineMs)
    const watch = setInterval(() => {
      if ((residentMb(child.pid) ?? 0) > run.memoryMb) kill('memory')
    }, WATCH_MS)
    const settle = (how: () => void) => {
      clearTimeout(late)
      clearInterval(watch)
      signal.removeEventListener('abort', abort)
      how()
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > run.maxOutputBytes) kill('output')
      else chunks.push(chunk)
    })
    // It may end before it has read all.
    child.stdin?.on('error', () => {})
    child.stdin?.end(run.input)
    child.on('close', (status) => {
      // What it has started and left behind goes with it.
      killGroup(child)
      settle(() => {
        if (killedFor !== undefined) resolve({ kind: 'failed', why: killedFor })
        else if (status === 127) reject(missing(run.program))
        else if (status !== 0) resolve({ kind: 'failed', why: 'refused' })
        else resolve({ kind: 'done', output: Buffer.concat(chunks) })
      })
    })
  })
}

function withLimits({ program, args, dataMb, deadlineMs }: ProgramRun): [command: string, args: string[]] {
  if (PRLIMIT === undefined) return [program, [...args]]
  const limits = [
    ...(dataMb === undefined ? [] : [`--data=${dataMb * 1024 * 1024}`]),
    `--cpu=${Math.ceil(deadlineMs / 1000) + CPU_SPARE_S}`,
    // Its only output is the pipe.
    '--fsize=0',
    '--core=0',
  ]
  return [PRLIMIT, [...limits, '--', program, ...args]]
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Answering customers goes before reading. */
function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, or the system doesn't let us.
  }
}

function residentMb(pid: number | undefined): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}

function missing(program: string, cause?: unknown): AppError {
  const options = cause === undefined ? {} : { cause }
  return new AppError('program.missing', `${program} is not installed`, { retryable: false, ...options })
}
