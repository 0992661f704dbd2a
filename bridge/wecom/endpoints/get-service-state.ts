import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

export interface ServiceState {
  /** 0 new, 1 AI, 2 pool, 3 person, 4 ended. */
  state: number
  /** '' but in state 3. */
  servicerUserId: string
}

/** https://developer.work.weixin.qq.com/document/path/94669 */
export const getServiceState: Endpoint<{ openKfId: string; externalUserId: string }, ServiceState> = {
  path: 'kf/service_state/get',
  method: 'POST',
  toBody: ({ openKfId, externalUserId }) => ({ open_kfid: openKfId, external_userid: externalUserId }),
  optionalFor: ({ openKfId }) => openKfId,
  response: z
    .looseObject({ service_state: z.number().int(), servicer_userid: z.string().nullish() })
    .transform(({ service_state, servicer_userid }) => ({
      state: service_state,
      servicerUserId: servicer_userid ?? '',
    })),
}
