import { chmod, rename, writeFile } from 'node:fs/promises'

/** Writes a file that holds secrets: for this user alone, and whole or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const next = `${path}.next`
  await writeFile(next, text, { mode: 0o600 })
  // The mode above counts for a new file only.
  await chmod(next, 0o600)
  await rename(next, path)
}
