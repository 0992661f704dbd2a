import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

export interface UpgradeTargets {
  userIds: string[]
  departmentIds: number[]
  groupChatIds: string[]
}

const departments = z.array(z.coerce.number()).nullish()

/** Whom the console offers for an upgrade. https://developer.work.weixin.qq.com/document/path/94674 */
export const getUpgradeTargets: Endpoint<void, UpgradeTargets> = {
  path: 'kf/customer/get_upgrade_service_config',
  method: 'GET',
  optionalFor: () => '',
  response: z
    .looseObject({
      member_range: z
        .looseObject({
          userid_list: z.array(z.string()).nullish(),
          // The page's table has the one name, its example the other.
          department_id_list: departments,
          department_list: departments,
        })
        .nullish(),
      groupchat_range: z.looseObject({ chat_id_list: z.array(z.string()).nullish() }).nullish(),
    })
    .transform(({ member_range: members, groupchat_range: groups }) => ({
      userIds: members?.userid_list ?? [],
      departmentIds: members?.department_id_list ?? members?.department_list ?? [],
      groupChatIds: groups?.chat_id_list ?? [],
    })),
}
