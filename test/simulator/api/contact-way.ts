/** kf/add_contact_way: a link that customers enter by. Source: developer.work.weixin.qq.com/document/path/94665 */
import { randomName } from '../identifiers.ts'
import { refuse } from '../refuse.ts'
import { type ApiHandler, optionalString, requireString } from './api-call.ts'
import { findAccount } from './find-parties.ts'

/** The link's other parameters must not be edited: what they stand for is known to the platform alone. */
export const addContactWay: ApiHandler = (platform, { body }) => {
  const openKfId = requireString(body, 'open_kfid')
  const scene = optionalString(body, 'scene')
  if (!/^[0-9a-zA-Z_-]{0,32}$/.test(scene)) refuse(40058, 'scene has at most 32 characters of [0-9a-zA-Z_-]')
  findAccount(platform, openKfId)
  const { contactWays } = platform.corp
  const path = `kfc${randomName(16).toLowerCase()}`
  if (scene === '') {
    contactWays.set(path, { openKfId, scene })
    return { url: `https://work.weixin.qq.com/kfid/${path}` }
  }
  const secret = `ENC${randomName(40)}`
  contactWays.set(secret, { openKfId, scene })
  return { url: `https://work.weixin.qq.com/kfid/${path}?enc_scene=${secret}` }
}
