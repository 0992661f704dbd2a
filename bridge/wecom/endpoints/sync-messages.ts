import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import type { SyncRequest } from '../wecom-client.ts'

export interface RawSyncPage {
  /** As sent; each is parsed on its own, so that one that is malformed costs no other. */
  entries: unknown[]
  /** '' when the platform named none. */
  nextCursor: string
  hasMore: boolean
}

const path = 'kf/sync_msg'

/** https://developer.work.weixin.qq.com/document/path/94670 */
export const syncMessages: Endpoint<SyncRequest, RawSyncPage> = {
  path,
  method: 'POST',
  toBody: ({ openKfId, cursor, token }) => ({
    open_kfid: openKfId,
    limit: 1000,
    // 0 is AMR, which more decoders know than Silk.
    voice_format: 0,
    ...(cursor === '' ? {} : { cursor }),
    ...(token === '' ? {} : { token }),
  }),
  // Pulls without the callback's token have a far lower limit; reaching it must not hold up those that have one.
  rateKey: ({ openKfId, token }) => (token === '' ? `${path} ${openKfId}` : path),
  response: z
    .looseObject({
      msg_list: z.array(z.unknown()).nullish(),
      next_cursor: z.string().nullish(),
      has_more: z.coerce.number().nullish(),
    })
    .transform(({ msg_list, next_cursor, has_more }) => ({
      entries: msg_list ?? [],
      nextCursor: next_cursor ?? '',
      hasMore: has_more === 1,
    })),
}
