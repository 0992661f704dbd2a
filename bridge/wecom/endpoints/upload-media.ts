import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { checkMedia } from '../media-rules.ts'
import type { MediaFile, MediaType } from '../outgoing-content.ts'

const path = 'media/upload'

/**
 * https://developer.work.weixin.qq.com/document/path/90253. Returns the media_id, valid for three days in the whole corp. The type
 * belongs in the query; the part's filename is what a customer sees.
 */
export const uploadMedia: Endpoint<{ type: MediaType; file: MediaFile }, string> = {
  path,
  method: 'POST',
  toQuery: ({ type }) => ({ type }),
  toForm: ({ type, file }) => {
    checkMedia(path, type, file)
    const form = new FormData()
    form.append('media', new File([file.bytes], file.name))
    return form
  },
  deadlines: 6,
  response: z.looseObject({ media_id: z.string().min(1) }).transform(({ media_id }) => media_id),
}
