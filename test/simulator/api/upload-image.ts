/** media/uploadimg: a picture under an address that does not expire. Source: developer.work.weixin.qq.com/document/path/90256 */
import type { Context } from 'hono'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { isJpeg, isPng, MIN_BYTES, readUpload } from './media.ts'

const MAX_BYTES = 2 * 1024 * 1024

/** The part may have any name. The address is the simulator's own, so that it can be looked at. */
export async function uploadImage({ media, limits }: Platform, c: Context): Promise<Record<string, unknown>> {
  const file = await readUpload(c, undefined)
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes.length === 0) refuse(44001, 'the part is empty')
  if (bytes.length < MIN_BYTES) refuse(40006, 'a file must be larger than 5 bytes')
  if (bytes.length > MAX_BYTES) refuse(40009, `a picture has at most ${MAX_BYTES} bytes`)
  if (!isJpeg(bytes) && !isPng(bytes)) refuse(40123, 'a picture must be JPG or PNG')
  limits.countPicture()
  const id = media.addPicture({ bytes, contentType: isPng(bytes) ? 'image/png' : 'image/jpeg' })
  return { url: new URL(`/picture/${id}`, c.req.url).href }
}
