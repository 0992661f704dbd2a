/** Files of both directions for their three days, and pictures for good. Sources: path/90253, path/90254, path/90256 */
import { DAY_MS } from './clock.ts'
import { randomName } from './identifiers.ts'

const LIFETIME_MS = 3 * DAY_MS
const MAX_REMEMBERED = 10_000

export interface MediaFile {
  readonly mediaId: string
  /** image, voice, video or file. */
  readonly type: string
  readonly filename: string
  readonly contentType: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Unix ms. */
  readonly createdAt: number
  /** The same voice in Silk. */
  readonly silk?: Uint8Array<ArrayBuffer> | undefined
}

export interface MediaStore {
  add(file: Omit<MediaFile, 'mediaId' | 'createdAt'>): MediaFile
  /** undefined for an unknown id and for one that is older than three days. */
  get(mediaId: string): MediaFile | undefined
  /** Whether an id that `get` does not find has once been valid. */
  wasKnown(mediaId: string): boolean
  /** A picture that does not expire. Returns its id. */
  addPicture(picture: Pick<MediaFile, 'bytes' | 'contentType'>): string
  picture(id: string): Pick<MediaFile, 'bytes' | 'contentType'> | undefined
}

export function createMediaStore(now: () => number): MediaStore {
  const files = new Map<string, MediaFile>()
  const gone = new Set<string>()
  const pictures = new Map<string, Pick<MediaFile, 'bytes' | 'contentType'>>()
  // Insertion order is order of expiry, so the oldest are at the front.
  const forgetExpired = () => {
    for (const [mediaId, { createdAt }] of files) {
      if (createdAt + LIFETIME_MS > now()) return
      files.delete(mediaId)
      gone.add(mediaId)
      if (gone.size > MAX_REMEMBERED) gone.delete(gone.values().next().value ?? '')
    }
  }
  return {
    add: (file) => {
      forgetExpired()
      const stored = { ...file, mediaId: randomName(64), createdAt: now() }
      files.set(stored.mediaId, stored)
      return stored
    },
    get: (mediaId) => {
      const file = files.get(mediaId)
      return file === undefined || file.createdAt + LIFETIME_MS <= now() ? undefined : file
    },
    wasKnown: (mediaId) => files.has(mediaId) || gone.has(mediaId),
    addPicture: (picture) => {
      const id = randomName(32)
      pictures.set(id, picture)
      return id
    },
    picture: (id) => pictures.get(id),
  }
}
