/**
 * Everything that can be sent to a customer, in our words. Sizes are bytes of UTF-8; see `to-wire-content.ts` for the limits.
 * Source: https://developer.work.weixin.qq.com/document/path/94677
 */

/** A file to be uploaded, or the id of one that is. Ids live for three days. */
export type Media = { mediaId: string } | MediaFile

export interface MediaFile {
  /** Shown to the customer when it is sent as a file. */
  name: string
  bytes: Uint8Array<ArrayBuffer>
}

export type MediaType = 'image' | 'voice' | 'video' | 'file'

export type MenuItem =
  /** A tap makes the customer say `text`; the message carries `id`. */
  | { type: 'click'; text: string; id?: string | undefined }
  | { type: 'view'; text: string; url: string }
  | { type: 'miniprogram'; text: string; appId: string; pagePath: string }
  /** Cannot be tapped. */
  | { type: 'text'; text: string; noNewline?: boolean | undefined }

export interface Menu {
  type: 'menu'
  head?: string | undefined
  items: readonly MenuItem[]
  tail?: string | undefined
}

export type OutgoingContent<M = Media> =
  | { type: 'text'; text: string }
  | { type: MediaType; media: M }
  | { type: 'link'; title: string; url: string; description?: string | undefined; thumb: M }
  | { type: 'miniprogram'; appId: string; pagePath: string; title?: string | undefined; thumb: M }
  | Menu
  | { type: 'location'; latitude: number; longitude: number; name?: string | undefined; address?: string | undefined }
  /** A card of the link that wins customers (获客链接), `https://work.weixin.qq.com/ca/…`. */
  | { type: 'acquisition-link'; url: string }
  /** Native mode. One in 48 h, and not only for menu taps. */
  | { type: 'business-card'; userId: string }

/**
 * What a stored reply carries: a file is named by its key, `<source>:<id>` (e.g. `knowledge:…`), and read when it is sent, so that a row
 * stays small and an expired id is made anew.
 */
export type ReplyContent = OutgoingContent<{ mediaId: string } | { stored: string }>

/** What the content needs to have uploaded, and as what. */
export function mediaOf<M>(content: OutgoingContent<M>): { type: MediaType; media: M } | undefined {
  switch (content.type) {
    case 'image':
    case 'voice':
    case 'video':
    case 'file':
      return { type: content.type, media: content.media }
    case 'link':
    case 'miniprogram':
      return { type: 'image', media: content.thumb }
    default:
      return undefined
  }
}
