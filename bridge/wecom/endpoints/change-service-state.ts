import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'

const path = 'kf/service_state/trans'
const limits = limitsOf(path)

export interface ServiceStateChange {
  openKfId: string
  externalUserId: string
  /** 1 AI, 2 pool, 3 person, 4 end. Nothing leads to 0. */
  state: 1 | 2 | 3 | 4
  /** Asked for with state 3. */
  servicerUserId?: string | undefined
}

/**
 * https://developer.work.weixin.qq.com/document/path/94669. Returns the code for one message on the change, '' when there is none:
 * for 48 h and one text after the first change to 2 or 3, for 20 s after 4.
 */
export const changeServiceState: Endpoint<ServiceStateChange, string> = {
  path,
  method: 'POST',
  toBody: ({ openKfId, externalUserId, state, servicerUserId }) => ({
    open_kfid: openKfId,
    external_userid: externalUserId,
    service_state: state,
    servicer_userid: limits.holds(
      'servicer_userid',
      servicerUserId,
      state !== 3 || !!servicerUserId,
      'is given with state 3',
    ),
  }),
  optionalFor: ({ openKfId }) => openKfId,
  response: z.looseObject({ msg_code: z.string().nullish() }).transform(({ msg_code }) => msg_code ?? ''),
}
