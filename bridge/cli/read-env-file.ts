import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'

/** What a file such as `.env` sets; nothing when there is no such file. */
export async function readEnvFile(path: string): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return parseEnv(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
