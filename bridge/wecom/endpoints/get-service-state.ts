import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

/** https://developer.work.weixin.qq.com/document/path/94669 */
export const getServiceState: Endpoint<{ openKfId: string; externalUserId: string }, number> = {
  path: 'kf/service_state/get',
  method: 'POST',
  toBody: ({ openKfId, externalUserId }) => ({ open_kfid: openKfId, external_userid: externalUserId }),
  response: z.looseObject({ service_state: z.number().int() }).transform(({ service_state }) => service_state),
}
