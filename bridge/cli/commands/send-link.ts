import { readMediaFile } from '../read-media-file.ts'
import { requireOption, textOption } from '../require-option.ts'
import { createSendCommand } from '../send-command.ts'

export const sendLink = createSendCommand({
  kind: 'link',
  about: { zh: '发图文链接', en: 'send a link with a picture' },
  operand: {
    name: 'URL',
    about: { zh: '以 http:// 或 https:// 开头', en: 'begins with http:// or https://' },
    isMany: false,
  },
  options: {
    title: { type: 'string', value: 'TEXT', about: { zh: '标题，最多 128 字节', en: 'its title, 128 bytes at most' } },
    thumb: { type: 'string', value: 'FILE', about: { zh: '缩略图，JPG 或 PNG', en: 'its picture, JPG or PNG' } },
    desc: {
      type: 'string',
      value: 'TEXT',
      about: { zh: '描述，最多 512 字节', en: 'what it says, 512 bytes at most' },
    },
  },
  toContent: async (call) => ({
    type: 'link',
    url: call.operands[0] ?? '',
    title: requireOption('title', call),
    description: textOption('desc', call),
    thumb: await readMediaFile(requireOption('thumb', call), call.say),
  }),
})
