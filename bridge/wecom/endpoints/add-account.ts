import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'

const path = 'kf/account/add'
const limits = limitsOf(path)

export interface NewAccount {
  /** At most 16 characters. */
  name: string
  /** The avatar, uploaded as an image. */
  mediaId: string
}

/** https://developer.work.weixin.qq.com/document/path/94662. Returns the open_kfid. */
export const addAccount: Endpoint<NewAccount, string> = {
  path,
  method: 'POST',
  toBody: ({ name, mediaId }) => ({
    name: limits.characters('name', name, { max: 16, errcode: 95006 }),
    media_id: limits.bytes('media_id', mediaId, { max: 128, errcode: 40007 }),
  }),
  optionalFor: () => '',
  response: z.looseObject({ open_kfid: z.string().min(1) }).transform(({ open_kfid }) => open_kfid),
}
