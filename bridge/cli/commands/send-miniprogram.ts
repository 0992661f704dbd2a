import { readMediaFile } from '../read-media-file.ts'
import { requireOption, textOption } from '../require-option.ts'
import { createSendCommand } from '../send-command.ts'

export const sendMiniprogram = createSendCommand({
  kind: 'miniprogram',
  about: { zh: '发小程序卡片', en: 'send the card of a mini programme' },
  operand: { name: 'APPID', about: { zh: '须已关联到企业', en: 'one that belongs to the corp' }, isMany: false },
  options: {
    page: {
      type: 'string',
      value: 'PATH',
      about: { zh: '页面，以 .html 结尾，可带参数', en: 'the page: ends in .html, parameters may follow' },
    },
    thumb: {
      type: 'string',
      value: 'FILE',
      about: { zh: '封面，JPG 或 PNG，建议 520×416', en: 'its picture, JPG or PNG, best 520x416' },
    },
    title: { type: 'string', value: 'TEXT', about: { zh: '标题，最多 64 字节', en: 'its title, 64 bytes at most' } },
  },
  toContent: async (call) => ({
    type: 'miniprogram',
    appId: call.operands[0] ?? '',
    pagePath: requireOption('page', call),
    title: textOption('title', call),
    thumb: await readMediaFile(requireOption('thumb', call), call.say),
  }),
})
