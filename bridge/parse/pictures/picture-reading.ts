/** What is asked of a picture, and what came of it. Plain data: it crosses to the reading process and back. */
export interface PictureSource {
  bytes: Uint8Array
  /** The bytes are pixels in rows from the top, as of a picture taken out of a PDF; otherwise a file of any format that is read. */
  pixels?: { width: number; height: number; channels: 1 | 2 | 3 | 4 }
}

export interface PictureWishes {
  /** A JPEG of at most this many pixels on its longer side, the right way up, without what cameras write into pictures. */
  jpegSide?: number
  /** The words in it. */
  text?: boolean
}

export type PictureReading = ReadPicture | UnreadPicture

export interface ReadPicture {
  outcome: 'seen'
  /** Of the original, the right way up. */
  width: number
  height: number
  /** Present when it was wished for. */
  jpeg?: Uint8Array
  /** Present when it was wished for; '' when there are no words. Clean of what nobody can see. */
  text?: string
}

export interface UnreadPicture {
  outcome: 'unseen'
  reason: UnseenReason
}

export type UnseenReason =
  | 'broken'
  /** No format of pictures that is read. */
  | 'unsupported'
  /** More pixels than a picture may have. */
  | 'too-large'
  /** More time or memory than a picture gets. */
  | 'too-heavy'

export function unseen(reason: UnseenReason): UnreadPicture {
  return { outcome: 'unseen', reason }
}
