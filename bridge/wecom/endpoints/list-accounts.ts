import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'

const path = 'kf/account/list'
const limits = limitsOf(path)

export interface Account {
  openKfId: string
  name: string
  /** URL; '' when there is none. */
  avatar: string
  /** False: this app may neither read nor answer there. Native mode leaves it out. */
  mayUse: boolean
}

/**
 * https://developer.work.weixin.qq.com/document/path/94661. A page has all accounts, also those that the app may not use: it is
 * the last one when it holds fewer than `limit`.
 */
export const listAccounts: Endpoint<{ offset: number; limit: number }, Account[]> = {
  path,
  method: 'POST',
  toBody: ({ offset, limit }) => ({
    offset,
    limit: limits.holds('limit', limit, limit >= 1 && limit <= 100, 'is between 1 and 100'),
  }),
  response: z
    .looseObject({
      account_list: z
        .array(
          z.looseObject({
            open_kfid: z.string().min(1),
            name: z.string().nullish(),
            avatar: z.string().nullish(),
            manage_privilege: z.boolean().nullish(),
          }),
        )
        .nullish(),
    })
    .transform(({ account_list }) =>
      (account_list ?? []).map(({ open_kfid, name, avatar, manage_privilege }) => ({
        openKfId: open_kfid,
        name: name ?? '',
        avatar: avatar ?? '',
        mayUse: manage_privilege !== false,
      })),
    ),
}
