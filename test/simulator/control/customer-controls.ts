/** Playing customers: what they can do in WeChat. */
import { z } from 'zod'
import { amrSeconds } from '../amr-seconds.ts'
import { createCustomerPhone } from '../customer-phone.ts'
import type { Platform } from '../platform.ts'
import { control, place, tellChanged, toPlace } from './control.ts'

export function createCustomerControls(platform: Platform) {
  const { corp, media } = platform
  const phone = createCustomerPhone(platform)
  return {
    addCustomer: control(
      z.strictObject({
        name: z.string().min(1).max(64),
        externalUserId: z.string().optional(),
        gender: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
      }),
      (input) => {
        const customer = corp.addCustomer(input)
        tellChanged(platform)
        return customer
      },
    ),
    customerWrites: control(
      z.strictObject({ ...place, text: z.string().min(1), menuId: z.string().optional() }),
      (input) => ({ msgid: phone.writes(toPlace(platform, input), input.text, input.menuId) }),
    ),
    /** `body` as in msg_list; leave it out for the types that have none. Types that nobody has heard of are fine. */
    customerSends: control(
      z.strictObject({ ...place, msgtype: z.string().min(1), body: z.unknown().optional() }),
      (input) => ({ msgid: phone.sends(toPlace(platform, input), input.msgtype, input.body) }),
    ),
    customerEnters: control(
      z.strictObject({
        ...place,
        scene: z.string().default(''),
        sceneParam: z.string().default(''),
        /** As in the event: nickname, shop_nickname, scene. */
        wechatChannels: z.record(z.string(), z.unknown()).optional(),
      }),
      (input) => phone.enters(toPlace(platform, input), input),
    ),
    /** Opens a link that add_contact_way gave, `&scene_param=…` and all. */
    customerOpensLink: control(z.strictObject({ externalUserId: z.string(), url: z.string() }), (input) =>
      phone.opensLink(input.externalUserId, input.url),
    ),
    /** Blocks the account: what is sent is accepted and fails later, with fail_type 10. Or takes messages again. */
    customerBlocks: control(z.strictObject({ ...place, on: z.boolean() }), (input) => {
      phone.blocks(toPlace(platform, input), input.on)
      return {}
    }),
    /** Adds the member or joins the group that upgrade_service offered. */
    customerAcceptsOffer: control(z.strictObject({ ...place, kind: z.enum(['member', 'groupchat']) }), (input) => {
      phone.acceptsOffer(toPlace(platform, input), input.kind)
      return {}
    }),
    customerRecalls: control(z.strictObject({ ...place, msgid: z.string() }), (input) => {
      phone.recalls(toPlace(platform, input), input.msgid)
      return {}
    }),
    /** A file for an inbound message; also one that the API would refuse. */
    addMedia: control(
      z.strictObject({
        type: z.enum(['image', 'voice', 'video', 'file']),
        filename: z.string().min(1),
        contentType: z.string().default('application/octet-stream'),
        base64: z.string(),
        /** The same voice as voice_format=1 delivers it. */
        silkBase64: z.string().optional(),
      }),
      ({ base64, silkBase64, ...file }) => {
        const silk = silkBase64 === undefined ? undefined : toBytes(silkBase64)
        const { mediaId } = media.add({ ...file, bytes: toBytes(base64), silk })
        return { mediaId }
      },
    ),

    /** Name, size and, for a voice, seconds of a file, for whoever shows it. null for one that is gone. */
    mediaInfo: control(z.strictObject({ mediaId: z.string() }), ({ mediaId }) => {
      const file = media.get(mediaId)
      if (file === undefined) return { file: null }
      const { type, filename, contentType, bytes } = file
      const seconds = type === 'voice' ? Math.ceil(amrSeconds(bytes)) : 0
      return { file: { type, filename, contentType, size: bytes.length, seconds } }
    }),
  }
}

function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
