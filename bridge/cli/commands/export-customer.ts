import { toConversationKey } from '../../stages/conversation-key.ts'
import { createCustomerDataStore } from '../../store/customer-data-store.ts'
import type { Command } from '../command.ts'
import { printable } from '../printable.ts'

export const exportCustomer: Command = {
  path: ['export'],
  about: { zh: '导出一位客户的全部数据（JSON）', en: 'show all that is stored of a customer, as JSON' },
  operand: { name: 'EXTERNAL_USERID', about: { zh: '客户', en: 'the customer' }, isMany: false },
  async run({ operands, say, database }) {
    const [customer = ''] = operands
    const data = await createCustomerDataStore(await database(), toConversationKey).export(customer)
    if (data === undefined) {
      const text = say({ zh: '没有这位客户的数据。', en: 'Nothing is stored of them.' })
      return { json: { externalUserId: customer, conversations: [] }, text, isFailure: true }
    }
    return { json: data, text: printable(JSON.stringify(data, undefined, 2)) }
  },
}
