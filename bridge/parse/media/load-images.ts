/** The pictures that messages show, for a model that sees: the small copies that were kept when they were read. */
import { readFile } from 'node:fs/promises'
import type { MediaStore } from './media-store.ts'

/**
 * Data URLs of the newest pictures, in their order. A picture that is not on this machine, or was taken back, is left out: the model has
 * the words that were read in it. Rejects as the database does.
 */
export type LoadImages = (messages: readonly { msgid: string }[]) => Promise<string[]>

export interface LoadImagesDeps {
  store: Pick<MediaStore, 'find'>
  /** Hashes, in the order of the conversation. */
  picturesOf: (msgids: readonly string[]) => Promise<readonly string[]>
}

/** In one question. */
const MAX_IMAGES = 6
const MAX_BYTES = 2_000_000

export function createLoadImages({ store, picturesOf }: LoadImagesDeps): LoadImages {
  return async (messages) => {
    const hashes = await picturesOf(messages.map(({ msgid }) => msgid))
    const images = await Promise.all([...new Set(hashes)].slice(-MAX_IMAGES).map((hash) => load(store, hash)))
    return images.filter((image) => image !== undefined)
  }
}

/** Undefined also for what is no JPEG, or is larger than a model is shown. */
async function load(store: Pick<MediaStore, 'find'>, hash: string): Promise<string | undefined> {
  const file = await store.find(hash).catch(() => undefined)
  if (file === undefined || file.bytes > MAX_BYTES || file.head[0] !== 0xff || file.head[1] !== 0xd8) return undefined
  const bytes = await readFile(file.path).catch(() => undefined)
  return bytes && `data:image/jpeg;base64,${bytes.toString('base64')}`
}
