import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

export interface Servicer {
  /** One of the two: a member, or a whole department. */
  userId?: string | undefined
  departmentId?: number | undefined
  /** Undefined for a department, or without the right to manage the account. The event of a change numbers it otherwise. */
  state?: 'receiving' | 'stopped' | 'suspended' | undefined
}

/** https://developer.work.weixin.qq.com/document/path/94645 */
export const listServicers: Endpoint<{ openKfId: string }, Servicer[]> = {
  path: 'kf/servicer/list',
  method: 'GET',
  toQuery: ({ openKfId }) => ({ open_kfid: openKfId }),
  optionalFor: ({ openKfId }) => openKfId,
  response: z
    .looseObject({
      servicer_list: z
        .array(
          z.looseObject({
            userid: z.string().optional(),
            department_id: z.coerce.number().optional(),
            status: z.coerce.number().optional(),
            stop_type: z.coerce.number().optional(),
          }),
        )
        .nullish(),
    })
    .transform(({ servicer_list }) =>
      (servicer_list ?? []).map(({ userid, department_id, status, stop_type }) => ({
        userId: userid,
        departmentId: department_id,
        state: toState(status, stop_type),
      })),
    ),
}

function toState(status: number | undefined, stopType: number | undefined): Servicer['state'] {
  if (status === undefined) return undefined
  if (status === 0) return 'receiving'
  return stopType === 1 ? 'suspended' : 'stopped'
}
