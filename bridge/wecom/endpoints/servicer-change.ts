/** What adding and removing servicers have in common. https://developer.work.weixin.qq.com/document/path/94646 */
import { z } from 'zod'
import type { Limits } from '../limits.ts'

export interface ServicerChange {
  openKfId: string
  userIds?: readonly string[] | undefined
  departmentIds?: readonly number[] | undefined
}

export interface ServicerChangeResult {
  /** One of the two. */
  userId?: string | undefined
  departmentId?: number | undefined
  /** 0 when it is as asked, also if it was so before. */
  errcode: number
}

/** At least one of the two lists; an empty one counts as left out. */
export function toServicerChangeBody(limits: Limits, change: ServicerChange, mostDepartments: number) {
  const userIds = change.userIds?.length ? change.userIds : undefined
  const departmentIds = change.departmentIds?.length ? change.departmentIds : undefined
  limits.holds('userid_list', userIds, (userIds ?? departmentIds) !== undefined, 'is given, or department_id_list is')
  return {
    open_kfid: change.openKfId,
    userid_list: limits.items('userid_list', userIds, { max: 100 }),
    department_id_list: limits.items('department_id_list', departmentIds, { max: mostDepartments }),
  }
}

export const servicerChangeResults = z
  .looseObject({
    result_list: z
      .array(
        z.looseObject({
          userid: z.string().optional(),
          department_id: z.coerce.number().optional(),
          errcode: z.coerce.number().default(0),
        }),
      )
      .nullish(),
  })
  .transform(({ result_list }): ServicerChangeResult[] =>
    (result_list ?? []).map(({ userid, department_id, errcode }) => ({
      userId: userid,
      departmentId: department_id,
      errcode,
    })),
  )
