import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'
import type { NewAccount } from './add-account.ts'
import { done } from './done.ts'

const path = 'kf/account/update'
const limits = limitsOf(path)

/** https://developer.work.weixin.qq.com/document/path/94664. What is left out stays as it is. */
export const updateAccount: Endpoint<{ openKfId: string } & Partial<NewAccount>, void> = {
  path,
  method: 'POST',
  toBody: ({ openKfId, name, mediaId }) => ({
    open_kfid: openKfId,
    name: limits.characters('name', name, { max: 16, errcode: 95006 }),
    media_id: limits.bytes('media_id', mediaId, { max: 128, errcode: 40007 }),
  }),
  optionalFor: ({ openKfId }) => openKfId,
  response: done,
}
