/** A stored content as it can be sent: the file that it names is read. Done right before the send, so rows stay small. */
import type { MediaFile, OutgoingContent, ReplyContent } from '../wecom/outgoing-content.ts'

/** Rejects with `media.missing` (not retryable) when the key names nothing any more. */
export type LoadMedia = (key: string, signal: AbortSignal) => Promise<MediaFile>

export async function resolveMedia(
  content: ReplyContent,
  loadMedia: LoadMedia,
  signal: AbortSignal,
): Promise<OutgoingContent> {
  const toMedia = async (media: { mediaId: string } | { stored: string }) =>
    'stored' in media ? loadMedia(media.stored, signal) : media
  switch (content.type) {
    case 'image':
    case 'voice':
    case 'video':
    case 'file':
      return { ...content, media: await toMedia(content.media) }
    case 'link':
    case 'miniprogram':
      return { ...content, thumb: await toMedia(content.thumb) }
    default:
      return content
  }
}
