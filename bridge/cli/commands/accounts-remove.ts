import { removeAccount } from '../../wecom/endpoints/remove-account.ts'
import type { Command } from '../command.ts'
import { usageError } from '../usage-error.ts'

export const accountsRemove: Command = {
  path: ['accounts', 'remove'],
  about: { zh: '删除客服账号（不可恢复）', en: 'remove an account for good' },
  operand: { name: 'OPEN_KFID', about: { zh: '客服账号', en: 'the account' }, isMany: false },
  options: { yes: { type: 'boolean', about: { zh: '确认删除', en: 'yes, remove it' } } },
  async run({ operands, options, say, platform, progress }) {
    const [openKfId = ''] = operands
    if (options.yes !== true) {
      throw usageError(
        say({
          zh: '删除后客户再也进不来，也不能恢复。确定请加 --yes',
          en: 'customers can not enter any more and it can not be undone. If you mean it, add --yes',
        }),
      )
    }
    const { call } = await platform()
    await progress({ zh: '删除客服账号', en: 'removing the account' }, call(removeAccount, { openKfId }))
    return { json: { openKfId, removed: true }, text: say({ zh: '已删除', en: 'Removed' }) }
  },
}
