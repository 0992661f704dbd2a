/** A stored picture for a model that sees: the small copies whose hashes stand in a message. */
import { readFile } from 'node:fs/promises'
import type { MediaStore } from './media-store.ts'

/** A data URL; undefined when it is not on this machine, is no JPEG, or is larger than a model is shown. Never rejects. */
export type LoadImage = (hash: string) => Promise<string | undefined>

const MAX_BYTES = 2_000_000

export function createLoadImage({ store }: { store: Pick<MediaStore, 'find'> }): LoadImage {
  return async (hash) => {
    const file = await store.find(hash).catch(() => undefined)
    if (file === undefined || file.bytes > MAX_BYTES || file.head[0] !== 0xff || file.head[1] !== 0xd8) return undefined
    const bytes = await readFile(file.path).catch(() => undefined)
    return bytes && `data:image/jpeg;base64,${bytes.toString('base64')}`
  }
}
