/**
 * What the rest of the bridge may ask of the platform. The platform's spelling stays inside this folder.
 *
 * Every call rejects with an `AppError`:
 * - `wecom.refused`: the platform answered with an errcode. `details`: `errcode`, `endpoint`, `action`, `hint`. `retryable` by the error table.
 * - `wecom.unreachable` (retryable): network, deadline, 5xx, a body that is not JSON. Whether the call was carried out is unknown.
 * - `wecom.token` (retryable only for a rate limit): no access token can be had. `details`: `errcode`, `action`, `retryAfterMs`, the
 *   time until the platform is asked again. It concerns every call alike and is mended by the operator, not by giving a message up.
 */

import type { KnownAccess } from './access-memory.ts'
import type { DownloadMedia } from './download-media.ts'
import type { Endpoint } from './endpoint.ts'
import type { CustomerBatch } from './endpoints/get-customers.ts'
import type { Account } from './endpoints/list-accounts.ts'
import type { EventMessage } from './endpoints/send-on-event.ts'
import type { Media, MediaType, OutgoingContent } from './outgoing-content.ts'

export interface SyncRequest {
  openKfId: string
  /** '' for the oldest of the last three days. */
  cursor: string
  /** From the nudge; '' pulls without one, which the platform limits strictly. */
  token: string
}

/** One entry of a page, its body left as the platform sent it. */
export interface SyncedMessage {
  msgid: string
  openKfId: string
  /** '' for an event that names no customer. */
  externalUserId: string
  /** Unix milliseconds. */
  sendTime: number
  /** 3 customer, 4 system event, 5 servicer in the WeCom client. */
  origin: number
  servicerUserId: string
  /** The platform's msgtype, `event` included; may be one that nobody has heard of. */
  type: string
  /** The whole entry as JSON text. */
  raw: string
}

export interface SyncPage {
  messages: SyncedMessage[]
  nextCursor: string
  hasMore: boolean
  /** There is more, but the cursor has not moved: asking on at once would never come to an end. */
  isStuck?: true
}

export interface OutgoingText {
  openKfId: string
  externalUserId: string
  /** Chosen by us: `[0-9a-zA-Z_-]{1,32}`. The platform refuses the second use with 95033. */
  msgid: string
  /** At most 2048 bytes of UTF-8. */
  text: string
}

export interface OutgoingMessage {
  openKfId: string
  externalUserId: string
  /** As for a text; '' lets the platform choose one. */
  msgid: string
  content: OutgoingContent
}

export interface WecomClient {
  /** https://developer.work.weixin.qq.com/document/path/94670 */
  syncMessages(request: SyncRequest, signal: AbortSignal): Promise<SyncPage>
  /** https://developer.work.weixin.qq.com/document/path/94677. Accepted is not delivered: see `msg_send_fail`. */
  sendText(message: OutgoingText, signal: AbortSignal): Promise<void>
  /** Ids of every account that this app may read. https://developer.work.weixin.qq.com/document/path/94661 */
  listAccountIds(signal: AbortSignal): Promise<string[]>
  /** https://developer.work.weixin.qq.com/document/path/94669: 0 new, 1 AI, 2 pool, 3 person, 4 ended. */
  getServiceState(openKfId: string, externalUserId: string, signal: AbortSignal): Promise<number>

  /**
   * Any endpoint of `endpoints/`. Where an access mode may lack it, a refusal that says so is remembered for an hour: then it rejects
   * at once with `wecom.refused` and `details.rememberedAt`.
   */
  call<Input, Output>(endpoint: Endpoint<Input, Output>, input: Input, signal: AbortSignal): Promise<Output>
  /**
   * Uploads what the message needs, unless the same content was uploaded within three days, and sends it. Returns the msgid that
   * it went under: another one than asked for when an upload had to be renewed and the platform held the first for used.
   */
  sendMessage(message: OutgoingMessage, signal: AbortSignal): Promise<string>
  /** https://developer.work.weixin.qq.com/document/path/95122. Returns the msgid. */
  sendOnEvent(message: EventMessage, signal: AbortSignal): Promise<string>
  listAccounts(signal: AbortSignal): Promise<Account[]>
  /** A hundred at a time; known ones are kept for ten minutes unless `isFresh`. */
  getCustomers(externalUserIds: readonly string[], signal: AbortSignal, isFresh?: boolean): Promise<CustomerBatch>
  /** The id of this content, uploaded if need be. */
  uploadMedia(type: MediaType, media: Media, signal: AbortSignal): Promise<string>
  downloadMedia: DownloadMedia
  /** So many processes call for the corp, this one included: each keeps to its share of the limits. */
  shareLimits(processes: number): void
  /** Of each API that was called: how many calls this process may make at once now. */
  callsLeft(): { api: string; calls: number }[]
  /** What the access mode was found to offer and to lack. */
  access: { list(): Promise<KnownAccess[]>; clear(): Promise<void> }
}
