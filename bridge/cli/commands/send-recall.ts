import { recallMessage } from '../../wecom/endpoints/recall-message.ts'
import type { Command } from '../command.ts'
import { accountOption, findAccount } from '../find-account.ts'

export const sendRecall: Command = {
  path: ['send', 'recall'],
  about: {
    zh: '撤回一条 2 分钟内发的消息（独立版微信客服）',
    en: 'recall a message of the last two minutes (native mode)',
  },
  operand: { name: 'MSGID', about: { zh: '发送时得到的 msgid', en: 'what sending it gave' }, isMany: false },
  options: accountOption,
  async run(call) {
    const { operands, say, progress } = call
    const [msgid = ''] = operands
    const platform = await call.platform()
    const openKfId = await findAccount(platform, call)
    await progress({ zh: '撤回', en: 'recalling' }, platform.call(recallMessage, { openKfId, msgid }))
    return { json: { openKfId, msgid, recalled: true }, text: say({ zh: '已撤回', en: 'Recalled' }) }
  },
}
