import { fileURLToPath } from 'node:url'
import { startProcessGroup } from './process-group.ts'
import { waitUntil } from './wait-until.ts'

const HOLDER = fileURLToPath(new URL('./hold-sqlite-lock.ts', import.meta.url))

/** Has another process hold the database's write lock; resolves when it does. The returned function ends it. */
export async function lockSqlite(path: string): Promise<() => Promise<void>> {
  let output = ''
  const group = startProcessGroup(process.execPath, [HOLDER, path], {
    env: { PATH: process.env.PATH },
    onOutput(text) {
      output += text
    },
  })
  await waitUntil(
    () => {
      if (group.exit() !== undefined) throw new Error(`the lock could not be taken: ${output}`)
      return output.includes('locked')
    },
    { what: 'the lock is held', timeoutMs: 30_000 },
  )
  return () => group.kill('SIGKILL')
}
