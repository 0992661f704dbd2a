import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'

export interface AccountPage {
  /** Of this page, also those that the app may not use: the page is the last one when it holds fewer than `limit`. */
  accounts: { openKfId: string; mayUse: boolean }[]
}

/** https://developer.work.weixin.qq.com/document/path/94661 */
export const listAccounts: Endpoint<{ offset: number; limit: number }, AccountPage> = {
  path: 'kf/account/list',
  method: 'POST',
  toBody: ({ offset, limit }) => ({ offset, limit }),
  response: z
    .looseObject({
      account_list: z
        .array(z.looseObject({ open_kfid: z.string().min(1), manage_privilege: z.boolean().nullish() }))
        .nullish(),
    })
    .transform(({ account_list }) => ({
      accounts: (account_list ?? []).map(({ open_kfid, manage_privilege }) => ({
        openKfId: open_kfid,
        // False: this app may neither read nor answer there. Native mode leaves it out.
        mayUse: manage_privilege !== false,
      })),
    })),
}
