import { createSendCommand } from '../send-command.ts'

export const sendAcquisitionLink = createSendCommand({
  kind: 'acquisition-link',
  about: { zh: '发获客链接', en: 'send a link that wins customers (获客链接)' },
  operand: {
    name: 'URL',
    about: { zh: 'https://work.weixin.qq.com/ca/…', en: 'https://work.weixin.qq.com/ca/…' },
    isMany: false,
  },
  toContent: ({ operands: [url = ''] }) => ({ type: 'acquisition-link', url }),
})
