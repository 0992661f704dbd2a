import { createSendCommand } from '../send-command.ts'

export const sendText = createSendCommand({
  kind: 'text',
  about: { zh: '发文本', en: 'send a text' },
  operand: { name: 'TEXT', about: { zh: '内容，最多 2048 字节', en: 'the text, 2048 bytes at most' }, isMany: false },
  toContent: ({ operands: [text = ''] }) => ({ type: 'text', text }),
})
