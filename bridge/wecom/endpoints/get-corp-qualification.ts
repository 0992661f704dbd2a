import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

/** Whether a 视频号 is bound. No longer in the documentation's index; older corps still get an answer. */
export const getCorpQualification: Endpoint<void, { hasChannels: boolean }> = {
  path: 'kf/get_corp_qualification',
  method: 'GET',
  optionalFor: () => '',
  response: z
    .looseObject({ wechat_channels_binding: z.boolean().nullish() })
    .transform(({ wechat_channels_binding }) => ({ hasChannels: wechat_channels_binding === true })),
}
