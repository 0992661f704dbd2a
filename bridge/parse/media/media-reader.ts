/**
 * What the readers of pictures, sounds, films and files have in common: they are given a file of ours on disk, known by its content,
 * and make words of it, and perhaps pictures that a model can look at.
 */

/** A file of a customer's in our store. Its name and type were told by a stranger; its path is ours. */
export interface StoredMedia {
  path: string
  /** SHA-256 of the content, in hex. */
  hash: string
  bytes: number
  /** By its content where that tells, else as the platform said. */
  mime: string
  /** As the sender called it; no path. */
  name?: string
}

export interface MediaReading {
  /** What the model reads. What the file itself says is quoted with `quoteContent`, so that it can't pass for words of ours. */
  text: string
  /** One short line for people. */
  title: string
  /** Hashes of stored pictures, small enough to be shown to a model that sees. */
  images?: readonly string[]
  /** Nothing of it could be read, and a person could: it is kept for them. */
  isUnreadable?: boolean
}

/**
 * Rejects with the reason of `signal`, and with a retryable `AppError` when nothing can be read at the moment; what is the file's own doing
 * is a reading that says so. `conv` is whose file it is, for a fair turn where many wait.
 */
export type ReadMedia = (media: StoredMedia, signal: AbortSignal, conv: string) => Promise<MediaReading>

/** Keeps a picture that was made from a file, such as a frame of a film. */
export type KeepPicture = (bytes: Uint8Array, mime: string) => Promise<StoredMedia>

/** One reader for each sort of content; who sent it as what does not matter. */
export interface MediaReaders {
  image: ReadMedia
  voice: ReadMedia
  video: ReadMedia
  file: ReadMedia
}
