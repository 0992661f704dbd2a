/** One reading process, as its parent sees it. */
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../../shared/app-error.ts'
import type { ReadAnswer, ReadingOf, ReadRequest } from './reading-process.ts'

export interface ReaderLimits {
  /** Of V8's heap. */
  heapMb: number
  /** Of all its memory; beyond it is killed. Watched where there is /proc, that is on Linux. */
  memoryMb: number
  /** Pictures are decoded by native code, and read in threads; documents need neither. Default false. */
  forPictures?: boolean
}

export type ReadEnd<Request extends ReadRequest = ReadRequest> =
  | { kind: 'done'; reading: ReadingOf<Request> }
  /** It had to be killed, or died by itself. */
  | { kind: 'gone'; why: 'time' | 'memory' | 'died' }

export interface Reader {
  /** One at a time. Rejects with the reason of `signal` and with `parse.no-reader` when there was never a process to read. */
  read<Request extends ReadRequest>(
    request: Request,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ReadEnd<Request>>
  isAlive(): boolean
  /** Megabytes now; undefined where it can't be told. */
  memoryMb(): number | undefined
  kill(): void
}

const START_MS = 20_000
const WATCH_MS = 25
const ROOT = realpathSync(join(import.meta.dirname, '../../..'))

/** What Node lets such a process do: read this program's files, and nothing else; one for pictures may also load what decodes them. */
export function readerArguments(heapMb: number, forPictures = false): string[] {
  return [
    '--permission',
    ...['bridge/', 'shared/', 'node_modules/', 'package.json'].map((path) => `--allow-fs-read=${join(ROOT, path)}`),
    '--disallow-code-generation-from-strings',
    ...(forPictures ? ['--allow-addons', '--allow-worker'] : ['--no-addons']),
    '--no-warnings',
    `--max-old-space-size=${heapMb}`,
  ]
}

export function startReader({ heapMb, memoryMb, forPictures = false }: ReaderLimits): Reader {
  const child = fork(join(ROOT, 'bridge/parse/worker/reading-process.ts'), [], {
    execArgv: readerArguments(heapMb, forPictures),
    // No secret of ours is where a stranger's file is read.
    env: {},
    serialization: 'advanced',
    // What it would print may quote what it reads.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let isAlive = true
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      isAlive = false
      resolve()
    }
    child.on('exit', end)
    child.on('error', end)
  })
  const ready = firstAnswer(child, 'ready')
  lowerPriority(child)
  rest(child)

  const kill = () => {
    isAlive = false
    child.kill('SIGKILL')
  }

  return {
    isAlive: () => isAlive,
    memoryMb: () => memoryOf(child.pid),
    kill,
    async read<Request extends ReadRequest>(request: Request, deadlineMs: number, signal: AbortSignal) {
      signal.throwIfAborted()
      wake(child)
      const watching: NodeJS.Timeout[] = []
      const timer = (run: () => void, ms: number, every = false) =>
        watching.push(every ? setInterval(run, ms) : setTimeout(run, ms))
      let abort = () => {}
      try {
        const isUp = await Promise.race([
          ready.then(() => true),
          gone.then(() => false),
          new Promise<false>((resolve) => timer(() => resolve(false), START_MS)),
        ])
        if (!isUp) {
          kill()
          throw new AppError('parse.no-reader', 'the reading process does not start', { retryable: true })
        }
        return await new Promise<ReadEnd<Request>>((resolve, reject) => {
          const end = (result: ReadEnd<Request>) => {
            if (result.kind === 'gone') kill()
            resolve(result)
          }
          abort = () => {
            kill()
            reject(signal.reason)
          }
          signal.addEventListener('abort', abort, { once: true })
          if (signal.aborted) abort()
          // A process answers in the kind that it was asked in: it is the same program.
          firstAnswer(child, 'done').then(({ reading }) =>
            end({ kind: 'done', reading: reading as ReadingOf<Request> }),
          )
          gone.then(() => end({ kind: 'gone', why: 'died' }))
          timer(() => end({ kind: 'gone', why: 'time' }), deadlineMs)
          const checkMemory = () => (memoryOf(child.pid) ?? 0) > memoryMb && end({ kind: 'gone', why: 'memory' })
          timer(checkMemory, WATCH_MS, true)
          child.send(request, (error) => error !== null && end({ kind: 'gone', why: 'died' }))
        })
      } finally {
        signal.removeEventListener('abort', abort)
        for (const one of watching) clearTimeout(one)
        rest(child)
      }
    },
  }
}

type AnswerOf<Kind extends ReadAnswer['kind']> = Extract<ReadAnswer, { kind: Kind }>

/** Never settles when the process goes before it answers. */
function firstAnswer<Kind extends ReadAnswer['kind']>(child: ChildProcess, kind: Kind): Promise<AnswerOf<Kind>> {
  return new Promise((resolve) => {
    const take = (answer: ReadAnswer) => {
      if (answer.kind !== kind) return
      child.off('message', take)
      resolve(answer as AnswerOf<Kind>)
    }
    child.on('message', take)
  })
}

/** While it works it keeps this process alive, and only then. */
function wake(child: ChildProcess): void {
  child.ref()
  child.channel?.ref()
}

function rest(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

/** Answering customers goes before reading. */
function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, or the system doesn't let us; it reads all the same.
  }
}

function memoryOf(pid: number | undefined): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}
