/**
 * A program at a real terminal, by `script` of util-linux: it sees a TTY on both sides, and the test reads the screen and types. Ends with
 * its whole group.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { waitUntil } from './wait-until.ts'

export interface PtyProcess {
  /** Everything that was shown, without colours and cursor moves. */
  screen(): string
  /** Resolves when what was shown since the last key holds this; returns that part. */
  until(text: string | RegExp, timeoutMs?: number): Promise<string>
  /** Types, and begins to look anew. */
  type(keys: string): void
  /** Its exit code. */
  ended(): Promise<number | null>
  kill(): void
}

export const KEYS = { enter: '\r', down: '\u001b[B', ctrlC: '\u0003' } as const

export interface PtyOptions {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
}

/** `command`: as a shell takes it. */
export function startPty(command: string, { cwd, env }: PtyOptions): PtyProcess {
  // Without a terminal around it, the new one has no columns.
  const sized = `stty cols 160 rows 60; ${command}`
  const child: ChildProcess = spawn('script', ['--quiet', '--return', '--flush', '--command', sized, '/dev/null'], {
    cwd,
    env: { TERM: 'xterm-256color', ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let shown = ''
  let from = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    shown += stripVTControlCharacters(chunk.toString())
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  let code: number | null | undefined
  exited.then(
    ([value]) => {
      code = value
    },
    () => undefined,
  )
  return {
    screen: () => shown,
    async until(text, timeoutMs = 40_000) {
      const what = `the screen shows ${text}`
      const look = () => {
        const part = shown.slice(from)
        if (typeof text === 'string' ? part.includes(text) : text.test(part)) return part
        if (code !== undefined) throw new Error(`it ended with ${code} before ${what}\n${shown.slice(-3000)}`)
        return undefined
      }
      return waitUntil(look, { what, timeoutMs, everyMs: 20 }).catch((error: Error) => {
        throw new Error(`${error.message}\n${shown.slice(-3000)}`)
      })
    },
    type(keys) {
      from = shown.length
      child.stdin?.write(keys)
    },
    async ended() {
      return (await exited)[0]
    },
    kill() {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Gone already.
      }
    },
  }
}
