import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import type { MediaFile } from '../outgoing-content.ts'
import { refusedByLimit } from '../wecom-error.ts'

const path = 'media/uploadimg'
const minBytes = 6
const maxBytes = 2 * 1024 * 1024

/**
 * https://developer.work.weixin.qq.com/document/path/90256. Returns a permanent URL, which the platform accepts in its own articles
 * and welcomes only; a message needs `uploadMedia`. 1,000 a day and 3,000 a month for the corp.
 */
export const uploadImage: Endpoint<MediaFile, string> = {
  path,
  method: 'POST',
  toForm: ({ name, bytes }) => {
    const found = bytes.length
    if (found > maxBytes) throw refusedByLimit(path, 40009, 'media', { found, limit: maxBytes, unit: 'bytes' })
    if (found < minBytes) throw refusedByLimit(path, 40006, 'media', { found, limit: minBytes, unit: 'bytes' })
    const form = new FormData()
    form.append('media', new File([bytes], name))
    return form
  },
  deadlines: 6,
  response: z.looseObject({ url: z.string().min(1) }).transform(({ url }) => url),
}
