import { renderUnicodeCompact } from 'uqr'
import { addSceneParam, createContactLink } from '../../wecom/endpoints/create-contact-link.ts'
import type { Command } from '../command.ts'
import { accountOption, findAccount } from '../find-account.ts'
import { textOption } from '../require-option.ts'

export const link: Command = {
  path: ['link'],
  about: { zh: '生成客服链接和二维码', en: 'make a link that customers enter by, with its QR code' },
  options: {
    ...accountOption,
    scene: {
      type: 'string',
      value: 'SCENE',
      about: {
        zh: '场景值，进入会话时带回；字母、数字、_、-，最多 32 字节',
        en: 'comes back when a customer enters; letters, digits, _ and -, 32 bytes at most',
      },
    },
    param: {
      type: 'string',
      value: 'TEXT',
      about: {
        zh: '自定义参数，需要 --scene，最多 128 字节',
        en: 'comes back as well; needs --scene, 128 bytes at most',
      },
    },
    'no-qr': { type: 'boolean', about: { zh: '不画二维码', en: 'no QR code' } },
  },
  async run(call) {
    const { options, progress } = call
    const [scene, sceneParam] = [textOption('scene', call), textOption('param', call)]
    const platform = await call.platform()
    const openKfId = await findAccount(platform, call)
    const asked = platform.call(createContactLink, { openKfId, scene, sceneParam })
    const bare = await progress({ zh: '生成客服链接', en: 'making the link' }, asked)
    const url = sceneParam === undefined ? bare : addSceneParam(bare, sceneParam)
    const code = options['no-qr'] === true ? '' : `\n\n${toQrCode(url, call.isColoured)}`
    return { json: { openKfId, url, scene: scene ?? '', sceneParam: sceneParam ?? '' }, text: `${url}${code}` }
  },
}

/**
 * Blank is black, as on most terminals. With colours it is so on every one: a scanner may not read a code whose black and white are
 * changed about.
 */
function toQrCode(url: string, isColoured: boolean): string {
  const code = renderUnicodeCompact(url, { ecc: 'M', border: 2 })
  return isColoured ? code.replace(/^.*$/gm, '\u001b[97;40m$&\u001b[0m') : code
}
