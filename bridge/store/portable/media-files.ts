/** The files that customers sent, as they lie in `DATA_DIR/media` under the hash of their content; see parse/media/media-store.ts. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/app-error.ts'

export interface MediaFile {
  /** SHA-256 of its content, in hex. */
  hash: string
  bytes: Uint8Array
}

const HASH = /^[0-9a-f]{64}$/

export function mediaFolder(dataDir: string): string {
  return join(dataDir, 'media')
}

/** One after the other. A file that goes while this runs is passed over: its row has gone as well. */
export async function* readMediaFiles(folder: string): AsyncGenerator<MediaFile> {
  for (const shelf of (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
    for (const hash of (await readdir(join(folder, shelf))).filter((name) => HASH.test(name)).sort()) {
      const bytes = await readFile(join(folder, shelf, hash)).catch(() => undefined)
      if (bytes !== undefined) yield { hash, bytes }
    }
  }
}

/** Rejects with `backup.damaged` when the content is not what its name says. What is there already stays. */
export async function writeMediaFile(folder: string, { hash, bytes }: MediaFile): Promise<void> {
  if (!HASH.test(hash) || createHash('sha256').update(bytes).digest('hex') !== hash) {
    throw new AppError('backup.damaged', 'a file in the backup is not what its name says', { retryable: false })
  }
  const shelf = join(folder, hash.slice(0, 2))
  await mkdir(shelf, { recursive: true, mode: 0o700 })
  const unnamed = join(shelf, `new-${randomUUID()}`)
  await writeFile(unnamed, bytes, { mode: 0o600, flush: true })
  await rename(unnamed, join(shelf, hash))
}
