/** Files of both directions for their three days. Sources: path/90253 (upload), path/90254 (download). */
import { DAY_MS } from './clock.ts'
import { randomName } from './identifiers.ts'

const LIFETIME_MS = 3 * DAY_MS

export interface MediaFile {
  readonly mediaId: string
  /** image, voice, video or file. */
  readonly type: string
  readonly filename: string
  readonly contentType: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Unix ms. */
  readonly createdAt: number
}

export interface MediaStore {
  add(file: Omit<MediaFile, 'mediaId' | 'createdAt'>): MediaFile
  /** undefined for an unknown id and for one that is older than three days. */
  get(mediaId: string): MediaFile | undefined
}

export function createMediaStore(now: () => number): MediaStore {
  const files = new Map<string, MediaFile>()
  const forgetExpired = () => {
    for (const [mediaId, { createdAt }] of files) {
      if (createdAt + LIFETIME_MS > now()) return
      files.delete(mediaId)
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
  }
}
