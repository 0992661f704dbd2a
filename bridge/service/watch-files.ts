/**
 * The files of a folder, read again when they change. Looked at every few seconds instead of being watched: notifications do not cross the
 * borders of containers and network file systems. A folder that is not there is an empty one.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface WatchFilesDeps {
  folder: string
  /** Which of them matter. */
  wants: (name: string) => boolean
  /** Called with the text of each that is new or has changed, and with undefined for one that is gone. Must not throw. */
  onFile: (name: string, text: string | undefined) => void
  everyMs: number
}

export interface WatchedFiles {
  /** Resolves when what is there now has been read. */
  start(): Promise<void>
  stop(): void
  /** Looks at once. */
  look(): Promise<void>
}

/** What is bigger was not written by hand. */
const MAX_BYTES = 2 * 1024 * 1024

export function watchFiles({ folder, wants, onFile, everyMs }: WatchFilesDeps): WatchedFiles {
  const seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const look = async (): Promise<void> => {
    const names = (await readdir(folder).catch(() => [])).filter(wants)
    for (const name of [...seen.keys()].filter((known) => !names.includes(known))) {
      seen.delete(name)
      onFile(name, undefined)
    }
    for (const name of names) {
      const path = join(folder, name)
      const found = await stat(path).catch(() => undefined)
      if (found === undefined || !found.isFile() || found.size > MAX_BYTES) continue
      const state = `${found.mtimeMs} ${found.size}`
      if (seen.get(name) === state) continue
      const text = await readFile(path, 'utf8').catch(() => undefined)
      if (text === undefined) continue
      seen.set(name, state)
      onFile(name, text)
    }
  }

  const lookAgain = async (): Promise<void> => {
    await look()
    if (!isStopped) timer = setTimeout(() => void lookAgain(), everyMs).unref()
  }

  return {
    start: lookAgain,
    look,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
