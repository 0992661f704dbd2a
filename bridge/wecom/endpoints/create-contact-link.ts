import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import { limitsOf } from '../limits.ts'

const path = 'kf/add_contact_way'
const limits = limitsOf(path)

export interface ContactLink {
  openKfId: string
  /** Comes back in enter_session. `[0-9a-zA-Z_-]`, at most 32 bytes. */
  scene?: string | undefined
  /** Comes back as `scene_param`; needs a scene. At most 128 bytes. */
  sceneParam?: string | undefined
}

/** https://developer.work.weixin.qq.com/document/path/94665. Returns the link; see `addSceneParam` for the parameter. */
export const createContactLink: Endpoint<ContactLink, string> = {
  path,
  method: 'POST',
  toBody: ({ openKfId, scene, sceneParam }) => {
    limits.bytes('scene_param', sceneParam, { max: 128 })
    limits.holds('scene', scene, sceneParam === undefined || scene !== undefined, 'is given where scene_param is')
    return { open_kfid: openKfId, scene: limits.plainId('scene', scene, { max: 32 }) }
  },
  response: z.looseObject({ url: z.string().min(1) }).transform(({ url }) => url),
}

/** The link's other parameters are the platform's: nothing of them is changed, and the new one goes last. */
export function addSceneParam(link: string, sceneParam: string): string {
  const [address = '', fragment] = link.split('#', 2)
  const separator = address.includes('?') ? '&' : '?'
  return `${address}${separator}scene_param=${encodeURIComponent(sceneParam)}${fragment === undefined ? '' : `#${fragment}`}`
}
