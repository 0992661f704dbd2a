import { createSendCommand } from '../send-command.ts'

export const sendCard = createSendCommand({
  kind: 'card',
  about: {
    zh: '发成员名片（独立版微信客服，48 小时 1 张）',
    en: "send a member's card (native mode, one in 48 hours)",
  },
  operand: { name: 'USERID', about: { zh: '成员', en: 'the member' }, isMany: false },
  toContent: ({ operands: [userId = ''] }) => ({ type: 'business-card', userId }),
})
