import { toConversationKey } from '../../stages/conversation-key.ts'
import { createCustomerDataStore } from '../../store/customer-data-store.ts'
import type { Command } from '../command.ts'
import { usageError } from '../usage-error.ts'

export const forget: Command = {
  path: ['forget'],
  about: {
    zh: '删除一位客户的全部数据（对话、评价、转接记录），不可恢复',
    en: 'erase all that is stored of a customer, for good',
  },
  operand: { name: 'EXTERNAL_USERID', about: { zh: '客户', en: 'the customer' }, isMany: false },
  options: { yes: { type: 'boolean', about: { zh: '确认删除', en: 'yes, erase it' } } },
  async run({ operands, options, say, database }) {
    const [customer = ''] = operands
    if (options.yes !== true) {
      throw usageError(say({ zh: '此操作不可恢复，请加 --yes 确认。', en: 'This can not be undone: add --yes.' }))
    }
    const conversations = await createCustomerDataStore(await database(), toConversationKey).erase(customer)
    const json = { customer, conversations }
    if (conversations === 0) {
      return { json, text: say({ zh: '没有这位客户的数据。', en: 'Nothing is stored of them.' }), isFailure: true }
    }
    const text = say({
      zh: `已删除，涉及 ${conversations} 个会话。微信与企业微信里的聊天记录不在此列。`,
      en: `Erased in ${conversations} conversations. What WeChat and WeCom keep is theirs.`,
    })
    return { json, text }
  },
}
