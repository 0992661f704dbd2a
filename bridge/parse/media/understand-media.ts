/** A file of a customer in words: brought from the platform, and read by whoever reads what it is, whatever it was sent as. */
import type { FetchedMedia, FetchMedia, WantedMedia } from './fetch-media.ts'
import type { MediaReaders, MediaReading } from './media-reader.ts'
import { type MediaKind, sniffKind } from './sniff-media.ts'

/** Rejects with what passes, as the fetching and the readers do. */
export type UnderstandMedia = (wanted: WantedMedia & { conv: string }, signal: AbortSignal) => Promise<MediaReading>

export const MEDIA_NAMES: Readonly<Record<MediaKind, string>> = {
  image: '图片',
  voice: '语音',
  video: '视频',
  file: '文件',
}

const FAILURES: Readonly<Record<Extract<FetchedMedia, { outcome: 'failed' }>['reason'], string>> = {
  expired: '发来已超过三天，平台不再提供，看不到内容，可以请客户重新发送',
  'too-large': '太大，没有读取，可以请客户发小一些的，或用文字说明',
  refused: '平台没有给出内容，看不到，可以请客户重新发送或用文字说明',
  empty: '里面是空的，可以请客户重新发送',
}

export function createUnderstandMedia({
  fetch,
  readers,
}: {
  fetch: FetchMedia
  readers: MediaReaders
}): UnderstandMedia {
  return async ({ conv, ...wanted }, signal) => {
    const fetched = await fetch(wanted, signal)
    if (fetched.outcome === 'stored') {
      return readers[sniffKind(fetched.head, wanted.kind)](fetched.media, signal, conv)
    }
    const title = `[${MEDIA_NAMES[wanted.kind]}]`
    return { text: `${title}（${FAILURES[fetched.reason]}）`, title }
  }
}
